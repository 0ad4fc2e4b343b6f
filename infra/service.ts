import type { App } from 'aws-cdk-lib';
import { ApiStack } from './stacks/api-stack.ts';
import { DataStack } from './stacks/data-stack.ts';
import { type CodeOf, FunctionsStack } from './stacks/functions-stack.ts';
import { WatchStack } from './stacks/watch-stack.ts';
import type { Stage } from './stage.ts';

/** The stacks of a stage. Each knows those before it and none of those after it. */
export const addService = (app: App, stage: Stage, codeOf: CodeOf) => {
  const { account, region, prefix } = stage;
  const env = { region, ...(account !== undefined && { account }) };
  const data = new DataStack(app, `${prefix}-data`, { stage, env, description: 'Instagram service: what lasts' });
  const functions = new FunctionsStack(app, `${prefix}-functions`, {
    stage,
    env,
    data,
    codeOf,
    description: 'Instagram service: functions and queues',
  });
  const api = new ApiStack(app, `${prefix}-api`, {
    stage,
    env,
    description: 'Instagram service: API',
  });
  const watch = new WatchStack(app, `${prefix}-watch`, {
    stage,
    env,
    data,
    api,
    description: 'Instagram service: alarms, dashboard',
  });
  functions.addStackDependency(data);
  api.addStackDependency(functions);
  watch.addStackDependency(api);
  return { data, functions, api, watch };
};
