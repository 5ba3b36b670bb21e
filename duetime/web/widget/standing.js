// Sentences on how the visitor's conversation stands.

/** How long it may take, who answers, or that it is over; null: there is nothing to say. */
function standingText(texts, state) {
  if (state === null) return null;
  if (state.state === 'assigned') return state.associate ? texts.say('answered_by', { name: state.associate }) : null;
  if (state.state === 'closed') return texts.say('closed');
  const wait = state.expected_wait_s ? ` ${texts.say('wait', { duration: texts.duration(state.expected_wait_s) })}` : '';
  if (!state.position) return texts.say('soon') + wait;
  if (state.position === 1) return texts.say('next') + wait;
  return texts.say('position', { position: texts.count(state.position) }) + wait;
}

/** What is wrong with the connection; null: nothing. */
function connectionText(texts, connection, lostForLong) {
  if (connection.state === 'refused') {
    const key = connection.error?.code === 'unauthenticated' ? 'sign_in_again' : 'refused';
    return [texts.say(key), connection.error?.detail].filter(Boolean).join(' ');
  }
  if (connection.state === 'waiting' || connection.state === 'connecting') {
    if (!navigator.onLine) return texts.say('offline');
    return lostForLong ? texts.say('reconnecting') : null;
  }
  return null;
}
