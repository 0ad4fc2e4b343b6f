import { z } from 'zod';
import { readSecret } from '../secrets.ts';

/** The Meta app's secrets, or where they are kept. */
export interface MetaSecretSettings {
  META_APP_SECRET?: string | undefined;
  /** Of Instagram Login, where Meta gave the app another one for it. */
  INSTAGRAM_APP_SECRET?: string | undefined;
  META_SECRET_ID?: string | undefined;
}

/** A changed secret is used after this time at the latest. */
const KEPT_MS = 5 * 60_000;
const secretSchema = z.object({ app_secret: z.string().default(''), instagram_app_secret: z.string().default('') });
type AppSecrets = z.output<typeof secretSchema>;
const kept = new Map<string, { secrets: Promise<AppSecrets>; until: number }>();

/**
 * The settings, completed with the app's secrets. On AWS no function has them in its environment: they are read from Secrets
 * Manager, and kept for five minutes. An empty secret counts as none.
 */
export const withMetaSecret = async <Settings extends MetaSecretSettings>(
  settings: Settings,
  { now = () => performance.now(), read = readAppSecrets }: { now?: () => number; read?: typeof readAppSecrets } = {},
): Promise<Settings> => {
  const { META_SECRET_ID: id } = settings;
  if (id === undefined || settings.META_APP_SECRET !== undefined) return settings;
  const known = kept.get(id);
  const current = known !== undefined && known.until > now() ? known : { secrets: read(id), until: now() + KEPT_MS };
  kept.set(id, current);
  try {
    const { app_secret, instagram_app_secret } = await current.secrets;
    return {
      ...settings,
      ...(app_secret !== '' && { META_APP_SECRET: app_secret }),
      ...(instagram_app_secret !== '' && { INSTAGRAM_APP_SECRET: instagram_app_secret }),
    };
  } catch (error) {
    if (kept.get(id) === current) kept.delete(id); // asked again by the next caller
    throw error;
  }
};

const readAppSecrets = (id: string): Promise<AppSecrets> => readSecret(id, secretSchema);
