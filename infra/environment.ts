import type { z } from 'zod';

/** The variables that a handler's schema asks for, as a deployment must give them: a forgotten one does not compile. */
export type EnvironmentOf<Schema extends z.ZodObject> = { [Name in keyof z.input<Schema>]: string };
