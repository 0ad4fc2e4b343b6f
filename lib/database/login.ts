/** The same database for another user: with its password where it has one, else as the URL says (`auth=iam`). */
export const withLogin = (databaseUrl: string, user: string, password?: string): string => {
  const url = new URL(databaseUrl);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password ?? '');
  if (password !== undefined) url.searchParams.delete('auth');
  return url.href;
};
