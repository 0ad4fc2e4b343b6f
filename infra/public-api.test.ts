import { describe, expect, test } from '@jest/globals';
import { synthesize, type Template } from './testing/synthesize.ts';
import { ofType, theOnly } from './testing/templates.ts';

const { templates } = await synthesize('dev', { issuer: 'https://issuer.test', audience: 'api' });
const { api } = templates;

/** Text of a template's value, each reference by the name of what it refers to. */
const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) throw new Error(`not a text: ${JSON.stringify(value)}`);
  const [[name, argument] = ['', null]] = Object.entries(value);
  if (name === 'Fn::Join') return (argument as [string, unknown[]])[1].map(textOf).join((argument as [string])[0]);
  if (name === 'Ref') return `<${argument}>`;
  return `<${JSON.stringify(argument)}>`;
};

/** Whether IAM's ArnLike takes `arn`: each part between colons by itself, `*` for any text, slashes among it. */
const isLike = (pattern: string, arn: string): boolean => {
  const [patterns, parts] = [pattern, arn].map((text) => {
    const [, , , , , ...rest] = text.split(':');
    return [...text.split(':').slice(0, 5), rest.join(':')];
  }) as [string[], string[]];
  return patterns.every((one, index) => {
    const expression = one.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
    return new RegExp(`^${expression}$`).test(parts[index] ?? '');
  });
};

/** Routes, with the function that each leads to. */
const routesOf = (template: Template) =>
  ofType(template, 'AWS::ApiGatewayV2::Route').map(([, { RouteKey, Target }]) => {
    const [, integration] = /<(\w+)>$/.exec(textOf(Target)) ?? [];
    const { IntegrationUri } = template.Resources[integration ?? '']?.Properties ?? {};
    return { routeKey: RouteKey as string, handler: JSON.stringify(IntegrationUri) };
  });

const [[apiId] = ['']] = ofType(api, 'AWS::ApiGatewayV2::Api');
const ARN = `arn:aws:execute-api:eu-central-1:<AWS::AccountId>:<${apiId}>`;

/**
 * The ARN that API Gateway invokes in the name of: of a route the API's id, the stage, the method and the path (three
 * segments at least); of `$default` the API's id, the stage and `$default`, with no method.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
const arnOf = (routeKey: string): string => {
  if (routeKey === '$default') return `${ARN}/$default/$default`;
  const [method, path = ''] = routeKey.split(' ');
  return `${ARN}/$default/${method}${path.replace(/\{[^}]+\}/g, 'x')}`;
};

describe('what API Gateway may invoke', () => {
  const permissions = ofType(api, 'AWS::Lambda::Permission').map(([, { FunctionName, Principal, SourceArn }]) => ({
    handler: JSON.stringify(FunctionName),
    principal: Principal,
    pattern: textOf(SourceArn),
  }));

  test.each(routesOf(api))('$routeKey: its permission has the form of its ARN', ({ routeKey, handler }) => {
    const permitting = permissions.filter(
      (one) =>
        one.principal === 'apigateway.amazonaws.com' && one.handler === handler && isLike(one.pattern, arnOf(routeKey)),
    );

    expect(permitting.length).toBeGreaterThan(0);
  });

  test('no permission is good for another API', () => {
    for (const { pattern } of permissions) expect(pattern).toMatch(new RegExp(`^${ARN.replace(/[$|]/g, '\\$&')}/`));
  });

  test('an ARN of two segments is not like a pattern of three', () => {
    expect(isLike(`${ARN}/*/*/*`, arnOf('GET /health'))).toBe(true);
    expect(isLike(`${ARN}/*/*/*`, arnOf('$default'))).toBe(false);
  });
});

const { api: ofStage } = (await synthesize('dev', { requestsPerSecond: '50', requestBurst: '100' })).templates;

describe('how often a route may be called', () => {
  const [stage] = Object.values(ofStage.Resources).filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Stage');
  const limits = stage?.Properties.RouteSettings as Record<string, Record<string, number>>;
  const routes = ofType(ofStage, 'AWS::ApiGatewayV2::Route');

  test('each route has a budget of its own: a request without a token uses up nobody else’s', () => {
    expect(Object.keys(limits).sort()).toEqual(routes.map(([, { RouteKey }]) => RouteKey as string).sort());
    for (const [, { RouteKey, AuthorizationType }] of routes) {
      expect([RouteKey, limits[RouteKey as string]]).toEqual([
        RouteKey,
        AuthorizationType === 'NONE'
          ? { ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 }
          : { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
      ]);
    }
  });

  test('the stage is made after the routes that it limits', () => {
    expect(stage?.DependsOn).toEqual(expect.arrayContaining(routes.map(([id]) => id)));
  });
});

describe('where the API is found', () => {
  const domain = {
    domainName: 'api.example.com',
    certificateArn: 'arn:aws:acm:eu-central-1:000000000000:certificate/x',
  };

  test('the id of the API is always an output of its stack', () => {
    expect(api.Outputs).toMatchObject({ ApiId: { Value: { Ref: apiId } } });
  });

  test('a domain of one’s own leads to it, and links name it', async () => {
    const { templates: found, stage } = await synthesize('dev', domain);
    expect(theOnly(found.api, 'AWS::ApiGatewayV2::DomainName')).toMatchObject({
      DomainName: domain.domainName,
      DomainNameConfigurations: [{ CertificateArn: domain.certificateArn, EndpointType: 'REGIONAL' }],
    });
    expect(ofType(found.api, 'AWS::ApiGatewayV2::ApiMapping')).toHaveLength(1);
    expect(found.api.Outputs).toHaveProperty('DomainTarget');
    expect(stage.publicBaseUrl).toBe('https://api.example.com');
  });
});
