import { z } from 'zod';
import { readSecret } from '../secrets.ts';

/** The Meta app's secret, or where it is kept. */
export interface MetaSecretSettings {
  META_APP_SECRET?: string | undefined;
  META_SECRET_ID?: string | undefined;
}

/** A changed secret is used after this time at the latest. */
const KEPT_MS = 5 * 60_000;
const secretSchema = z.object({ app_secret: z.string().default('') });
const kept = new Map<string, { secret: Promise<string>; until: number }>();

/**
 * The settings, completed with the app's secret. On AWS no function has it in its environment: it is read from Secrets
 * Manager, and kept for five minutes. An empty secret counts as none.
 */
export const withMetaSecret = async <Settings extends MetaSecretSettings>(
  settings: Settings,
  { now = () => performance.now(), read = readAppSecret }: { now?: () => number; read?: typeof readAppSecret } = {},
): Promise<Settings> => {
  const { META_SECRET_ID: id } = settings;
  if (id === undefined || settings.META_APP_SECRET !== undefined) return settings;
  const known = kept.get(id);
  const current = known !== undefined && known.until > now() ? known : { secret: read(id), until: now() + KEPT_MS };
  kept.set(id, current);
  try {
    const secret = await current.secret;
    return secret === '' ? settings : { ...settings, META_APP_SECRET: secret };
  } catch (error) {
    if (kept.get(id) === current) kept.delete(id); // asked again by the next caller
    throw error;
  }
};

const readAppSecret = async (id: string): Promise<string> => (await readSecret(id, secretSchema)).app_secret;
