export const byId = (id) => document.getElementById(id);

export const control = async (method, path, body) => {
  const response = await fetch(`/_simulator${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
};

/** Captions and names come from other people, so they only ever become text. */
export const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

export const say = (error) => {
  byId('message').textContent = error ? String(error.message ?? error) : '';
};

export const attempt = (action) => async (event) => {
  event?.preventDefault();
  try {
    await action(event);
    say(null);
  } catch (error) {
    say(error);
  }
};
