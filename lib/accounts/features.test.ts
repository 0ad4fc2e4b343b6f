import { expect, test } from '@jest/globals';
import { missingScopes, syncIncludeOf } from './features.ts';

const granted =
  (...scopes: string[]) =>
  (scope: string) =>
    scopes.includes(scope);

test('a token without comments and insights says so, feature by feature', () => {
  const has = granted('instagram_business_basic', 'instagram_business_content_publish');
  expect(missingScopes('instagram', has)).toEqual({
    comments: ['instagram_business_manage_comments'],
    insights: ['instagram_business_manage_insights'],
  });
});

test('one of two scopes is enough where Meta takes either', () => {
  expect(missingScopes('facebook', granted('instagram_basic', 'pages_show_list'))).not.toHaveProperty('posts');
  expect(missingScopes('facebook', granted('instagram_basic', 'pages_read_engagement'))).toMatchObject({
    discovery: ['pages_show_list'],
  });
  expect(missingScopes('facebook', granted('instagram_basic'))).toMatchObject({ posts: ['pages_read_engagement'] });
});

test('without the basics every feature lacks them', () => {
  const missing = missingScopes('instagram', () => false);
  expect(Object.keys(missing)).toEqual(['posts', 'comments', 'publishing', 'insights']);
  expect(missing.comments).toEqual(['instagram_business_basic', 'instagram_business_manage_comments']);
});

test('what is not known is not called missing', () => {
  expect(missingScopes('instagram', () => null)).toEqual({});
});

test('an account’s own syncs bring what its token is known to be good for, and nothing that is only not known to be missing', () => {
  const has = granted('instagram_business_basic', 'instagram_business_manage_comments');
  expect(syncIncludeOf('instagram', has)).toEqual(['comments']);
  expect(syncIncludeOf('instagram', () => true)).toEqual(['comments', 'insights']);
  expect(syncIncludeOf('instagram', () => null)).toEqual([]);
});
