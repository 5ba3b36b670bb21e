// A short tone for a new message, made on the spot. Off until the visitor turns it on.

class Sound {
  #keep;
  #context = null;

  constructor(keep) {
    this.#keep = keep;
  }

  get on() {
    return this.#keep.get('sound') === true;
  }

  toggle() {
    this.#keep.set('sound', !this.on);
    this.play();
  }

  play() {
    if (!this.on) return;
    this.#context ??= new AudioContext();
    const start = this.#context.currentTime;
    const volume = this.#context.createGain();
    volume.gain.setValueAtTime(0.08, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.3);
    volume.connect(this.#context.destination);
    const tone = this.#context.createOscillator();
    tone.frequency.setValueAtTime(660, start);
    tone.frequency.setValueAtTime(880, start + 0.1);
    tone.connect(volume);
    tone.start(start);
    tone.stop(start + 0.3);
  }
}
