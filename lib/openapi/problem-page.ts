import { ERROR_CODES, type ErrorCode, ServiceError } from '../errors.ts';
import { PROBLEMS_PATH } from '../problem-url.ts';
import { PROBLEM_WORDS } from './problem-words.ts';
import type { ProblemTable } from './responses.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as HTML; text between backticks becomes code. */
const toHtml = (text: string): string =>
  text.replace(/[&<>"]/g, (sign) => ENTITIES[sign] ?? sign).replace(/`([^`]*)`/g, '<code>$1</code>');

const isCode = (name: string): name is ErrorCode => ERROR_CODES.some((code) => code === name);

/** A page with a title and a body, both HTML. */
const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem }</style>
</head>
<body>
${body}
</body>
</html>
`;

const REFERENCE = '<a href="/docs">API reference</a>';

/**
 * The page that a problem's `type` names: what the code means, and who can do what.
 * @throws {ServiceError} `not_found` if there is no such code.
 */
export const renderProblemPage = (name: string, problems: ProblemTable): string => {
  if (!isCode(name)) throw new ServiceError('not_found', 'No problem has this code');
  const { status, title, retryable = false } = problems[name];
  const { means, remedies } = PROBLEM_WORDS[name];
  return page(
    `${name}: ${toHtml(title)}`,
    `<h1>${toHtml(title)}</h1>
<p><code>${name}</code>, HTTP status ${status}. ${
      retryable
        ? 'The same request can succeed later.'
        : 'Sending the same request again does not help, unless the answer has <code>Retry-After</code>.'
    }</p>
<h2>What it means</h2>
<p>${toHtml(means)}</p>
<h2>Who can do what</h2>
<ul>
${remedies.map((remedy) => `<li>${toHtml(remedy)}</li>`).join('\n')}
</ul>
<p><a href="${PROBLEMS_PATH}">All problem codes</a> · ${REFERENCE}</p>`,
  );
};

/** The page that lists all codes by status. */
export const renderProblemList = (problems: ProblemTable): string => {
  const codes = [...ERROR_CODES].sort((one, other) => problems[one].status - problems[other].status);
  const rows = codes.map(
    (code) =>
      `<li>${problems[code].status} <a href="${PROBLEMS_PATH}/${code}"><code>${code}</code></a>: ${toHtml(PROBLEM_WORDS[code].means)}</li>`,
  );
  return page(
    'Problem codes',
    `<h1>Problem codes</h1>
<p>Every error is a problem document (RFC 9457). Its <code>code</code> is one of these; its <code>type</code> is the address of the page about it.</p>
<ul>
${rows.join('\n')}
</ul>
<p>${REFERENCE}</p>`,
  );
};
