/** A database URL for another user: with a password where one is given, else as the URL says (`auth=iam`). */
export const withLogin = (databaseUrl: string, user: string, password?: string): string => {
  const url = new URL(databaseUrl);
  url.username = encodeURIComponent(user);
  url.password = encodeURIComponent(password ?? '');
  if (password !== undefined) url.searchParams.delete('auth');
  return url.href;
};
