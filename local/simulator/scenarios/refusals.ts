import { z } from 'zod';
import {
  GraphError,
  invalidCursor,
  missingObject,
  missingPermission,
  tooMuchData,
  unknownField,
} from '../graph/errors.ts';
import { expands, mentions } from '../graph/fields.ts';
import { defineKind } from './behaviour.ts';

const oneOf = <const Codes extends readonly [number, ...number[]]>(codes: Codes) => z.literal(codes);

const THROTTLED = {
  4: '(#4) Application request limit reached',
  17: '(#17) User request limit reached',
  32: '(#32) Page request limit reached',
  341: '(#341) Application limit reached',
  613: '(#613) Calls to this api have exceeded the rate limit.',
  80002:
    '(#80002) There have been too many calls to this Instagram account. Wait a bit and try again. For more info, please refer to https://developers.facebook.com/docs/graph-api/overview/rate-limiting.',
} as const;

export const throttle = defineKind({
  summary: 'The rate limit is reached (4, 17, 32, 341, 613 or 80002), for this many minutes (in the usage header)',
  params: z.strictObject({
    code: oneOf([4, 17, 32, 341, 613, 80002]).default(4),
    minutes: z.int().min(0).default(5),
    status: z.int().min(400).max(599).default(403),
  }),
  behave: ({ code, minutes, status }) => ({
    usage: code === 4 || code === 341 ? { app: 100, minutes } : { business: 100, minutes },
    replace: () => new GraphError({ message: THROTTLED[code], code, status, is_transient: true }),
  }),
});

export const transient = defineKind({
  summary: 'Unknown error (1) or service unavailable (2), for a moment',
  params: z.strictObject({ code: oneOf([1, 2]).default(2), status: z.int().min(200).max(599).default(500) }),
  behave: ({ code, status }) => ({
    replace: () =>
      new GraphError({
        message:
          code === 1
            ? 'An unknown error has occurred.'
            : 'An unexpected error has occurred. Please retry your request later.',
        code,
        status,
        is_transient: true,
      }),
  }),
});

const TOKEN_TROUBLE = {
  458: 'Error validating access token: The user has not authorized application 1200000000000001.',
  459: 'Error validating access token: You cannot access the app till you log in to www.facebook.com and follow the instructions given.',
  460: 'Error validating access token: The session has been invalidated because the user changed their password or Facebook has changed the session for security reasons.',
  463: 'Error validating access token: Session has expired on Friday, 20-Nov-26 10:00:00 PST. The current time is Saturday, 21-Nov-26 10:00:00 PST.',
  464: 'Error validating access token: Sessions for the user are not allowed because the user is not a confirmed user.',
  467: 'Error validating access token: This may be because the user logged out or may be due to a system error.',
  492: 'Error validating access token: Session does not match current stored session. This may be because the user changed the password since the time the session was created.',
} as const;

export const expiredToken = defineKind({
  summary: 'The token is dead: 190 with subcode 458, 459, 460, 463 (expired), 464, 467 or 492',
  params: z.strictObject({
    subcode: oneOf([458, 459, 460, 463, 464, 467, 492]).default(463),
    status: z.int().min(400).max(499).default(400),
  }),
  behave: ({ subcode, status }) => ({
    replace: () => new GraphError({ message: TOKEN_TROUBLE[subcode], code: 190, subcode, status }),
  }),
});

export const permissionMissing = defineKind({
  summary: 'A permission was not granted or was withdrawn: 10 or 200',
  params: z.strictObject({ code: oneOf([10, 200]).default(10) }),
  behave: ({ code }) => ({
    replace: () =>
      code === 10
        ? missingPermission()
        : new GraphError({
            message: '(#200) The user has not authorized application to perform this action',
            code,
            status: 403,
          }),
  }),
});

export const blocked = defineKind({
  summary: 'Blocked, because it looks like spam: 368, or 4 with subcode 2207051',
  params: z.strictObject({ code: oneOf([368, 4]).default(368) }),
  behave: ({ code }) => ({
    replace: () =>
      code === 368
        ? new GraphError({
            message: 'The action attempted has been deemed abusive or is otherwise disallowed',
            code,
            error_user_title: 'Temporarily blocked',
            error_user_msg: 'You have been temporarily blocked from performing this action.',
          })
        : new GraphError({ message: 'Application request limit reached', code, subcode: 2207051, status: 403 }),
  }),
});

export const outage = defineKind({
  summary: 'Single media, comments and containers answer 100/33 (or 10) although they exist; listings and writes work',
  params: z.strictObject({ code: oneOf([100, 10]).default(100) }),
  behave: ({ code }) => ({
    applies: ({ method, object, edge }) =>
      method === 'GET' &&
      (object === null || !['user', 'page', 'facebook_user'].includes(object.type)) &&
      (edge === null || edge.segment === null || edge.segment === 'insights'),
    replace: ({ path, method, login }) =>
      code === 10 ? missingPermission() : missingObject(path[0] ?? '', method, login),
  }),
});

export const reduceData = defineKind({
  summary: 'Code 1 "reduce the amount of data" for more than this many rows a page, or for expanded fields',
  params: z.strictObject({
    limit: z.int().min(0).default(25),
    expansions: z.boolean().default(false),
    status: z.int().min(400).max(599).default(500),
  }),
  behave: ({ limit, expansions, status }) => ({
    applies: ({ edge, params, fields }) =>
      edge?.isList === true &&
      (Number(params.get('limit') ?? 25) > limit || (expansions && fields !== null && expands(fields))),
    replace: () => new GraphError({ ...tooMuchData().fields, status }),
  }),
});

export const refuseField = defineKind({
  summary:
    'One field fails the whole answer: like a field that does not exist (100), or with another code such as 9005',
  params: z.strictObject({
    field: z.string().min(1),
    code: z.int().default(100),
    message: z.string().optional(),
  }),
  behave: ({ field, code, message }) => ({
    applies: ({ fields }) => fields !== null && mentions(fields, field),
    replace: () =>
      code === 100 && message === undefined
        ? unknownField(field, 'Media')
        : new GraphError({ message: message ?? `(#${code}) Field ${field} cannot be read`, code }),
  }),
});

export const cursorRefused = defineKind({
  summary: 'Any cursor is refused as invalid (100)',
  params: z.strictObject({ message: z.string().optional() }),
  behave: ({ message }) => ({
    applies: ({ params }) => params.has('after') || params.has('before'),
    replace: ({ params }) =>
      message === undefined
        ? invalidCursor(params.has('after') ? 'after' : 'before')
        : new GraphError({ message, code: 100 }),
  }),
});

export const error = defineKind({
  summary: 'Any error in Meta’s envelope',
  params: z.strictObject({
    code: z.union([z.int(), z.string()]).default(100),
    subcode: z.int().optional(),
    message: z.string().default('An error made for a test'),
    type: z.string().default('OAuthException'),
    status: z.int().min(200).max(599).default(400),
    is_transient: z.boolean().optional(),
    error_user_title: z.string().optional(),
    error_user_msg: z.string().optional(),
  }),
  behave: (fields) => ({ replace: () => new GraphError(fields) }),
});
