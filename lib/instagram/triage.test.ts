import { describe, expect, test } from '@jest/globals';
import { ACCOUNT_ID, aClient, failureOf, graph, graphError, useNock } from '../testing/instagram.ts';
import { triageMissing } from './triage.ts';

useNock();

const OBJECT = '17900000000000009';
const [FIRST, SECOND] = ['17900000000000001', '17900000000000002'] as const;
const reads = (id: string) => graph().get(`/${id}`).query(true).reply(200, { id, user_id: id });
const refused = (id: string, code: number, subcode?: number) =>
  graph().get(`/${id}`).query(true).reply(400, graphError(code, subcode));
const triage = (neighbourIds: readonly string[] = [FIRST, SECOND]) =>
  triageMissing({ client: aClient(), account: ACCOUNT_ID, objectId: OBJECT, neighbourIds });

test('an object is gone when account and neighbour can be read, but the object cannot', async () => {
  reads(ACCOUNT_ID);
  refused(OBJECT, 100, 33);
  reads(FIRST);
  await expect(triage()).resolves.toBe('gone');
});

test('an object that can be read after all is present', async () => {
  reads(ACCOUNT_ID);
  reads(OBJECT);
  await expect(triage()).resolves.toBe('present');
});

test.each([
  ['a neighbour that is not found either', 100, 33],
  ['a neighbour for which the permission is missing', 10, undefined],
])('a triage finds an outage by %s', async (_name, code, subcode) => {
  reads(ACCOUNT_ID);
  refused(OBJECT, 100, 33);
  refused(FIRST, code, subcode);
  await expect(triage()).resolves.toBe('outage');
});

test.each([
  ['for another reason', 10, 1],
  ['as no longer supported', 12, 1],
  ['as unavailable again and again', 2, 4],
])('a triage is unclear when the object is refused %s', async (_name, code, times) => {
  reads(ACCOUNT_ID);
  graph().get(`/${OBJECT}`).query(true).times(times).reply(400, graphError(code));
  await expect(triage()).resolves.toBe('unclear');
});

test.each([
  [12, 1],
  [2, 4],
])('after a neighbour that is refused for its own reason (%i) the next one is probed', async (code, times) => {
  reads(ACCOUNT_ID);
  refused(OBJECT, 100, 33);
  graph().get(`/${FIRST}`).query(true).times(times).reply(400, graphError(code));
  reads(SECOND);
  await expect(triage()).resolves.toBe('gone');
});

test('an account that does not answer is thrown, as it says nothing about the object', async () => {
  graph().get(`/${ACCOUNT_ID}`).query(true).times(4).reply(400, graphError(2));
  expect(await failureOf(triage())).toMatchObject({ kind: 'transient' });
});

test.each([
  ['nothing', []],
  ['the object itself', [OBJECT]],
])('no object is gone when there is %s to compare with', async (_name, neighbours) => {
  reads(ACCOUNT_ID);
  refused(OBJECT, 100, 33);
  await expect(triage(neighbours)).resolves.toBe('outage');
});

test.each([
  ['missing', 100, 33],
  ['without permission', 10, undefined],
])('an account that is %s says nothing about its objects', async (_name, code, subcode) => {
  refused(ACCOUNT_ID, code, subcode);
  await expect(triage()).resolves.toBe('account_unreadable');
});

describe('failures that say nothing about the object', () => {
  test.each([
    ['a dead token', 'token', 190],
    ['throttling', 'throttled', 80002],
    ['a block', 'blocked', 368],
  ])('a triage throws a failure that says nothing about the object: %s', async (_name, kind, code) => {
    reads(ACCOUNT_ID);
    refused(OBJECT, code);
    expect(await failureOf(triage())).toMatchObject({ kind });
  });
});
