import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { addService } from '../service.ts';
import { readStage, type Stage } from '../stage.ts';

/** A resource as it stands in a template. */
export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}

/** One stack, synthesized. */
export interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, unknown>;
}

/** A stage, synthesized with stand-ins for the functions' code. */
export interface Synthesis {
  stage: Stage;
  templates: { data: Template; functions: Template; api: Template; watch: Template };
  /** Names of the stacks that cannot be deleted before somebody says so. */
  protectedStacks: readonly string[];
  /** What cdk-nag and CloudFormation's own rules find; warnings of ours among them. */
  findings: readonly string[];
}

const cdkJson: { context: Record<string, unknown> & { stages: Record<string, Record<string, unknown>> } } = JSON.parse(
  readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'),
);

const { stages } = cdkJson.context;

/**
 * Synthesizes a stage of `cdk.json` with some settings changed; `context` is what `-c` gives. `checked` by cdk-nag, which
 * takes its time.
 */
export const synthesizeNow = (
  stageName: string,
  overrides: Readonly<Record<string, string>> = {},
  { checked = false, context = {} }: { checked?: boolean; context?: Readonly<Record<string, string>> } = {},
): Synthesis => {
  const folder = mkdtempSync(join(tmpdir(), 'synthesis-'));
  try {
    const code = join(folder, 'code');
    mkdirSync(code);
    writeFileSync(join(code, 'index.mjs'), 'export const handler = async () => undefined;\n');
    const app = new App({
      outdir: join(folder, 'out'),
      context: {
        ...cdkJson.context,
        stages: stageName in stages ? { ...stages, [stageName]: { ...stages[stageName], ...overrides } } : stages,
        stage: stageName,
        ...context,
        '@aws-cdk/core:failSynthOnValidationErrors': false,
      },
    });
    const stage = readStage(app.node);
    const stacks = addService(app, stage, () => Code.fromAsset(code));
    if (checked) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    const assembly = app.synth();
    const templateOf = (name: string): Template => assembly.getStackByName(name).template;
    return {
      stage,
      templates: {
        data: templateOf(stacks.data.stackName),
        functions: templateOf(stacks.functions.stackName),
        api: templateOf(stacks.api.stackName),
        watch: templateOf(stacks.watch.stackName),
      },
      protectedStacks: assembly.stacks.filter((one) => one.terminationProtection).map(({ stackName }) => stackName),
      findings: readFindings(join(folder, 'out', 'validation-report.json')),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

interface Report {
  pluginReports: { violations: { ruleName: string; violatingConstructs: { constructPath: string }[] }[] }[];
}

const readFindings = (path: string): string[] => {
  const { pluginReports }: Report = JSON.parse(readFileSync(path, 'utf8'));
  return pluginReports.flatMap(({ violations }) =>
    violations.flatMap(({ ruleName, violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => `${ruleName} at ${constructPath}`),
    ),
  );
};
