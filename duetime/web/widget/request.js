// Requests to the daemon, without cookies and with an end.

const REQUEST_TIMEOUT_S = 15;

/** A refusal of the daemon: `code`, `detail` and facts such as `retry_after_s`, beside the HTTP status. */
class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail);
    this.status = status;
    this.problem = problem;
  }
}

/** The JSON at an address; with a body, the answer to a POST of it. Throws Refused, or what fetch throws. */
async function requestJson(url, { body, timeout_s = REQUEST_TIMEOUT_S, signal } = {}) {
  const given_up = new AbortController();
  const timer = setTimeout(() => given_up.abort(), 1000 * timeout_s);
  signal?.addEventListener('abort', () => given_up.abort(), { signal: given_up.signal });
  try {
    const response = await fetch(url, {
      credentials: 'omit',
      signal: given_up.signal,
      ...(body && {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    if (response.ok) return await response.json();
    throw new Refused(response.status, await response.json().catch(() => ({ detail: response.statusText })));
  } finally {
    clearTimeout(timer);
  }
}
