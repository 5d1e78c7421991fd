/** Calls of the control API. A refusal becomes an Error with the server's words. */

async function call(method, path, body) {
  const response = await fetch(`/control${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? "Erreur");
  return answer;
}

export const api = {
  state: () => call("GET", "/state"),
  users: () => call("GET", "/users"),
  chat: (id, after) => call("GET", `/chats/${id}?after=${after}`),
  write: (id, body) => call("POST", `/users/${id}/messages`, body),
  edit: (id, body) => call("POST", `/users/${id}/edit`, body),
  press: (id, body) => call("POST", `/users/${id}/press`, body),
  block: (id) => call("POST", `/users/${id}/block`, {}),
  unblock: (id) => call("POST", `/users/${id}/unblock`, {}),
};
