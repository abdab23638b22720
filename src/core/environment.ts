/** ID of an account. https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-identifiers.html */
export const ACCOUNT_ID = /^\d{12}$/;

/** Name of a Region. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-regions-availability-zones.html */
export const REGION = /^[a-z]{2,}(-[a-z]+)+-\d+$/;

/** Longest name of a Region, which is a label of host names: https://www.rfc-editor.org/rfc/rfc1035#section-2.3.4 */
export const MAX_REGION_LENGTH = 63;

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html */
export const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
export const ROLE_ARN = /^arn:[\w-]+:iam::\d{12}:role\/.+$/;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
export const ROLE_NAME = /^[\w+=,.@-]{1,64}$/;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Role.html, with the path of the role, but without the first '/' of the path */
export const ROLE_NAME_WITH_PATH = /^([\w+=,.@-][\w+=,.@/-]{0,509}\/)?[\w+=,.@-]{1,64}$/;

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
