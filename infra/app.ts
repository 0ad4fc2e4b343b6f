import { App, Tags, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bundleFunctions } from './bundling.ts';
import { rdsAuthoritiesOf } from './certificates.ts';
import { allEntries } from './registry.ts';
import { addService } from './service.ts';
import { readStage } from './stage.ts';

const app = new App();
const stage = readStage(app.node);
const bundles = await bundleFunctions(allEntries(), { databaseAuthorities: rdsAuthoritiesOf(stage.region) });
addService(app, stage, (entry) => {
  const bundle = bundles.get(entry);
  if (bundle === undefined) throw new Error(`functions/${entry}.ts is not bundled`);
  return Code.fromAsset(bundle.folder);
});
Tags.of(app).add('application', 'instagram-service');
Tags.of(app).add('stage', stage.name);
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
