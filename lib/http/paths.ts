/**
 * Matches a path, with or without one trailing slash, against a template such as `/api/v1/posts/{id}`; a placeholder
 * takes one segment. Gives the placeholders' values as they stand in the path, or null when it does not match.
 */
export const matchPath = (template: string, path: string): Record<string, string> | null => {
  const wanted = template.split('/');
  const given = withoutTrailingSlash(path).split('/');
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined ? value !== part : value === '') return null;
    if (name !== undefined) params[name] = value;
  }
  return params;
};

export const withoutTrailingSlash = (path: string): string => (path.endsWith('/') ? path.slice(0, -1) : path);

/**
 * Encodes a path for a URL or a header. API Gateway hands paths over decoded, so a path can hold line breaks and question
 * marks. A path that is still encoded is left as it is.
 */
export const encodePath = (path: string): string => path.split('/').map(encodeSegment).join('/');

const encodeSegment = (segment: string): string => {
  try {
    return encodeURIComponent(decodeURIComponent(segment));
  } catch {
    return encodeURIComponent(segment.toWellFormed()); // a bare `%`
  }
};
