import type { Simulator } from '../create-simulator.ts';
import type { Login } from '../world/types.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape, wrong ones included
type Body = any;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, the text where it is not. */
  readonly body: Body;
}

export interface CallOptions {
  readonly login?: Login;
  /** null: none. */
  readonly token?: string | null;
  readonly method?: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const read = (text: string): Body => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** Calls the simulator as a client of Meta's would: over HTTP, with a bearer token, on the host of its login. */
export const callGraph = async (
  simulator: Simulator,
  path: string,
  { login = 'instagram', token = simulator.tokens[login], method, form, signal }: CallOptions = {},
): Promise<Answer> => {
  const response = await fetch(`${simulator.graphUrls[login]}/v25.0${path}`, {
    method: method ?? (form ? 'POST' : 'GET'),
    headers: token === null ? {} : { Authorization: `Bearer ${token}` },
    redirect: 'manual',
    ...(form && { body: new URLSearchParams(form) }),
    ...(signal && { signal }),
  });
  return { status: response.status, headers: response.headers, body: read(await response.text()) };
};

/** Pages through a listing by its cursors until `next` is absent. */
export const readAll = async (simulator: Simulator, path: string, options?: CallOptions): Promise<Body[][]> => {
  const pages: Body[][] = [];
  let after: string | null = null;
  do {
    const { status, body }: Answer = await callGraph(
      simulator,
      after === null ? path : `${path}&after=${after}`,
      options,
    );
    if (status !== 200) throw new Error(JSON.stringify(body));
    pages.push(body.data);
    after = body.paging?.next === undefined ? null : body.paging.cursors.after;
  } while (after !== null);
  return pages;
};

/** Follows a link of the simulator's own, token and all, as no client should. */
export const readLink = async (link: string): Promise<Body> => (await fetch(link)).json();

/** Calls the control API. */
export const callControl = async (
  simulator: Simulator,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> => {
  const response = await fetch(`${simulator.url}/_simulator${path}`, {
    method,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
};
