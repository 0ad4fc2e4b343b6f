/**
 * Makes a value on first use and keeps it. A failure is not kept: the next call tries again, so an execution
 * environment that started while the database was away recovers by itself.
 */
export const once = <Value>(make: () => Promise<Value>): (() => Promise<Value>) => {
  let made: Promise<Value> | undefined;
  const attempt = async () => {
    try {
      return await make();
    } catch (error) {
      made = undefined;
      throw error;
    }
  };
  return () => {
    made ??= attempt();
    return made;
  };
};
