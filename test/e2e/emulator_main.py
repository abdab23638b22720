"""MiniStack with corrections that the scenes need. It ends when the process that started it ends. emulator.md lists all differences from AWS.

MiniStack 1.5.33 enforces IAM, but has three gaps for ECR (core/iam_actions.py, services/tagging.py):
- It does not resolve aws:ResourceTag/<key>, so every statement with a condition on the tag of a repository denies.
- It derives the resource only from repositoryName. Calls with a resourceArn or repositoryNames are checked with "*", so statements that are
  scoped to repositories deny them.
- It reads aws:TagKeys from TagKeys, but ECR uses tagKeys.
The code below closes each gap in the way of MiniStack's other services. No correction allows a call that AWS denies:
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html

For Parameter Store, it derives the resource only from the name of a parameter, so GetParametersByPath is checked with "*" instead of the path:
https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-retrieval-authorization.html

When the deletion of a resource fails, MiniStack continues with its dependencies (services/cloudformation/stacks.py). It deletes the function
and the repository of a custom resource that refused, before the delete is tried again. CloudFormation deletes in reverse order of dependency,
so it does not reach them. (For force delete, the user guide says that it "retains all resources that failed to delete, and retains
dependencies of those resources": https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-delete-stack.html. For a plain
delete, this is inferred.)

When the creation of a custom resource fails, MiniStack sends it no other request. CloudFormation sends it a Delete in the rollback, with the
physical id of the failed response or with a generated id. CREATE_FAILED_PHYSICAL_ID_MARKER in aws-cdk's provider framework exists for this.

For the session of a role, MiniStack sets aws:PrincipalArn to the ARN of the session. In AWS, it is the ARN of the role with its path
(assumption principal-arn-path): https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html

MiniStack has no TLS, so a policy that requires it, as `enforceSSL` of a bucket does, would deny every call. aws:SecureTransport is true.

MiniStack's CloudFormation omits the tags of a bucket. The function of `autoDeleteObjects` deletes objects only if the bucket has its tag.

MiniStack's DescribeStackResources accepts only the name of a stack. With a physical id, CloudFormation returns the resource that has it
(cloudformation-coverage-roadmap issue 998; according to the API reference, its complete stack), or "Stack for X does not exist":
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html

MiniStack creates a repository even if its name exists, and imports no repository. CloudFormation fails because the repository already exists.
With ImportExistingResources, it imports the repository. For other types, MiniStack imports as measured on AWS
(services/cloudformation/changesets.py): it writes no tags and no properties of the template. UNCERTAIN: whether this is true for repositories.
A user reports that an import removes a repository policy that the template does not contain:
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2493. The same is assumed for a lifecycle policy.

If CloudFormation creates a function, MiniStack ends the processes of all functions of that name, in every account and Region. The names that
it generates depend only on the names of the stack and the resource, so a stack ends the calls of a stack of the same name in another account.

If a function fails without a response to CloudFormation, MiniStack ignores the error, and the stack waits for up to an hour. The operation
fails immediately instead, with the error and the log of the function.

Where AWS documents nothing, the program behaves as test/probes assumes. The file readings in EMULATOR_DIR names the assumptions that are
wrong, separated by spaces. The program reads it each time, so a test can change it.

The program writes to decisions.jsonl in EMULATOR_DIR: each decision of IAM about a call with the role of a function, and the statements that the
decision is based on. It writes to sessions.jsonl: the access key and the ARN of each session that AssumeRole creates, because a fake that such a
session calls must know its role.
"""

import json
import os
import re
import shutil
import signal
import sys
import threading

from ministack import app
from ministack.core import iam_actions, iam_evaluator, responses
from ministack.services import cloudformation, iam, lambda_svc, sts, tagging
from ministack.services.cloudformation import changesets, custom_resource, handlers, provisioners, stacks

assert 'ecr' not in tagging._RESOURCE_TAG_COLLECTORS, 'this MiniStack resolves repository tags itself: revise emulator_main.py'
tagging._RESOURCE_TAG_COLLECTORS['ecr'] = tagging._collect_ecr



def is_other(assumption):
    try:
        with open(os.path.join(os.environ['EMULATOR_DIR'], 'readings')) as readings:
            return assumption in readings.read().split()
    except FileNotFoundError:
        return False


extract_resource_arn = iam_actions.extract_resource_arn
request_tag_context = iam_actions.request_tag_context


def request(body):
    try:
        data = json.loads(body or b'{}')
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def specific_resource_arn(service, method, path, headers, body, query_params, region, account_id):
    found = extract_resource_arn(service, method, path, headers, body, query_params, region, account_id)
    if service not in ('ecr', 'ssm') or found != '*':
        return found
    data = request(body)
    action = headers.get('x-amz-target', '').rpartition('.')[2]
    if service == 'ssm':
        return f'arn:aws:ssm:{region}:{account_id}:parameter{data["Path"]}' if action == 'GetParametersByPath' else found
    if data.get('resourceArn'):
        return data['resourceArn']
    if action == 'DescribeRepositories':
        names = data.get('repositoryNames') or ['*']
        # MiniStack evaluates one resource per call. A wildcard for several resources is granted only by a wildcard.
        return f'arn:aws:ecr:{region}:{account_id}:repository/{names[0] if len(names) == 1 else "*"}'
    return found


def ecr_tag_context(service, iam_action, body, params):
    context = request_tag_context(service, iam_action, body, params)
    keys = request(body).get('tagKeys') if service == 'ecr' else None
    if isinstance(keys, list):
        context['aws:TagKeys'] = context.get('aws:TagKeys', []) + [str(key) for key in keys]
    return context


iam_actions.extract_resource_arn = specific_resource_arn
iam_actions.request_tag_context = ecr_tag_context


resolve_condition_key = iam_evaluator._resolve_condition_key


def resolve_condition_key_of_role(key, context):
    if key.lower() == 'aws:securetransport':
        return 'true'
    found = resolve_condition_key(key, context)
    session = key.lower() == 'aws:principalarn' and re.match(r'(arn:[^:]+):sts:(:\d{12}):assumed-role/([^/]+)/', found or '')
    if not session:
        return found
    partition, account, name = session.groups()
    return (iam._roles.get(name) or {}).get('Arn') or f'{partition}:iam:{account}:role/{name}'


iam_evaluator._resolve_condition_key = resolve_condition_key_of_role


evaluate = iam_evaluator.evaluate
evaluate_resource_policy = iam_evaluator.evaluate_resource_policy


def evaluate_and_note(context, policies, *limits):
    result = evaluate(context, policies, *limits)
    rested_on = [
        {'action': action, 'resource': resource, 'condition': statement.conditions}
        for statements in policies for statement in statements
        if iam_evaluator._first_match(context, [statement], 'Allow')
        for action in statement.actions if iam_evaluator._action_matches(context.action, [action], [])
        for resource in statement.resources if iam_evaluator._resource_matches(context.resource_arn, [resource], [])
    ]
    with open(os.path.join(os.environ['EMULATOR_DIR'], 'decisions.jsonl'), 'a') as decisions:
        decisions.write(json.dumps({
            'principal': context.principal_arn,
            'account': context.principal_account,
            'action': context.action,
            'resource': context.resource_arn,
            'allowed': result.decision == 'Allow',
            'restedOn': rested_on,
        }) + '\n')
    return result


def evaluate_resource_policy_unnoted(*args, **options):
    # Calls evaluate() too, with an empty document if the repository has no policy.
    iam_evaluator.evaluate = evaluate
    try:
        return evaluate_resource_policy(*args, **options)
    finally:
        iam_evaluator.evaluate = evaluate_and_note


iam_evaluator.evaluate = evaluate_and_note
iam_evaluator.evaluate_resource_policy = evaluate_resource_policy_unnoted


register_session = sts.register_session


def register_and_note(access_key, session):
    register_session(access_key, session)
    # Only AssumeRole names the caller. The session of a function has none.
    if 'SourcePrincipalArn' in session:
        with open(os.path.join(os.environ['EMULATOR_DIR'], 'sessions.jsonl'), 'a') as sessions:
            sessions.write(json.dumps({'accessKeyId': access_key, 'arn': session['Arn']}) + '\n')


sts.register_session = register_and_note


delete_resource = stacks._delete_resource
delete_stack = stacks._delete_stack_async
POLICIES = ('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')
# Maps a stack id to the resources that a failed resource of this delete depends on.
spared = {}


def delete_resource_or_spare(resource_type, physical_id, props, stack_name=None, logical_id=None):
    try:
        return delete_resource(resource_type, physical_id, props, stack_name, logical_id)
    except Exception:
        stack = cloudformation._stacks.get(stack_name)
        if stack and stack['StackId'] in spared:
            resources = stack['_resources']
            needed = stacks._with_dependencies([logical_id], stack['_template'].get('Resources', {}), set(resources)) - {logical_id}
            spared[stack['StackId']].update({
                name: resources.pop(name) for name in needed if name in resources and not is_other(
                    'delete-failed-keeps-policy' if resources[name]['ResourceType'] in POLICIES else 'delete-failed-keeps-function')
            })
        elif stack and stack['StackStatus'] == 'ROLLBACK_IN_PROGRESS' and resource_type == 'AWS::ECR::Repository':
            if is_other('rollback-fails-with-images'):
                return None
        raise


async def delete_stack_and_keep_spared(stack_name, stack_id, retain_resources=(), force=False):
    if force:
        # FORCE_DELETE_STACK retains them itself, with an event for each.
        return await delete_stack(stack_name, stack_id, retain_resources, force)
    spared[stack_id] = {}
    try:
        await delete_stack(stack_name, stack_id, retain_resources, force)
    finally:
        kept = spared.pop(stack_id)
        if kept:
            cloudformation._stacks[stack_name]['_resources'].update(kept)


stacks._delete_resource = delete_resource_or_spare
stacks._delete_stack_async = delete_stack_and_keep_spared
handlers._delete_stack_async = delete_stack_and_keep_spared


resource_policy = stacks._resource_policy


def resource_policy_in_reading(definition, attribute, resources, params, conditions, mappings, stack_name, stack_id):
    policy = resource_policy(definition, attribute, resources, params, conditions, mappings, stack_name, stack_id)
    if policy != 'RetainExceptOnCreate':
        return policy
    status = (cloudformation._stacks.get(stack_name) or {}).get('StackStatus', '')
    if status == 'DELETE_IN_PROGRESS' and is_other('deletion-skips-retain-except-on-create'):
        return 'Delete'
    if 'ROLLBACK' in status and is_other('rollback-deletes-empty-repository'):
        return 'Retain'
    return policy


stacks._resource_policy = resource_policy_in_reading


deliver_response = custom_resource.deliver_response
provision_resource = stacks._provision_keeping_seed
roll_back = stacks._roll_back_operation
# Maps (stack id, logical id) to the physical id in the last failed response.
refused = {}


def deliver_and_note(token, response):
    if response.get('Status') == 'FAILED':
        refused[response.get('StackId'), response.get('LogicalResourceId')] = response.get('PhysicalResourceId')
    return deliver_response(token, response)


def provision_or_remember(resource_type, logical_id, props, stack_name):
    stack = cloudformation._stacks[stack_name]
    refused.pop((stack['StackId'], logical_id), None)
    try:
        return provision_resource(resource_type, logical_id, props, stack_name)
    except (RuntimeError, TimeoutError) as failure:
        if stacks._sends_back_failed_update(resource_type) and not is_other('failed-create-is-deleted'):
            stack['_resources'][logical_id] = {
                'PhysicalResourceId': refused.get((stack['StackId'], logical_id)) or f'{stack_name}-{logical_id}-NOTCREATED',
                'ResourceType': resource_type,
                'ResourceStatus': 'CREATE_FAILED',
                'ResourceStatusReason': str(failure),
                'LogicalResourceId': logical_id,
                'Properties': props,
                'Attributes': {},
                'Timestamp': stacks.now_iso(),
            }
        raise


async def roll_back_failed_too(stack_name, stack_id, stack, operation, **options):
    failed = operation.get('failed_logical_id')
    if is_other('import-is-no-creation'):
        operation['imports'] = {}
    if is_other('changed-physical-id-is-deleted'):
        for logical_id in operation['replaced_ids']:
            resource, before = stack['_resources'][logical_id], operation['previous_stack']['_resources'][logical_id]
            if stacks._sends_back_failed_update(resource['ResourceType']):
                await stacks._revert_update(
                    stack_id, stack_name, logical_id, resource['ResourceType'], resource['PhysicalResourceId'], resource['Properties'],
                    before['Properties'], resource['Attributes'])
    if stack.get('_resources', {}).get(failed, {}).get('ResourceStatus') == 'CREATE_FAILED':
        operation['created'].append(failed)
    await roll_back(stack_name, stack_id, stack, operation, **options)


invalidate_worker = lambda_svc.invalidate_worker


def invalidate_worker_here(name, qualifier=None, account=None, region=None):
    invalidate_worker(name, qualifier=qualifier, account=account or responses.get_account_id(), region=region or responses.get_region())


lambda_svc.invalidate_worker = invalidate_worker_here


execute_function = lambda_svc._execute_function_with_config_scope


def execute_or_fail(function, event):
    result = execute_function(function, event)
    if result.get('error') and 'ResponseURL' in event:
        token = event['ResponseURL'].rpartition('/')[2]
        if not custom_resource._pending[token]['event'].is_set():
            deliver_and_note(token, {
                **event, 'Status': 'FAILED', 'Reason': f"The function ended without a response: {result['body']}\n{result.get('log')}"})
    return result


lambda_svc._execute_function_with_config_scope = execute_or_fail
custom_resource.deliver_response = deliver_and_note
stacks._provision_keeping_seed = provision_or_remember
stacks._roll_back_operation = roll_back_failed_too
handlers._roll_back_operation = roll_back_failed_too


create_repository = provisioners._ecr_repo_create
update_repository = provisioners._ecr_repo_update
ecr_handlers = provisioners._RESOURCE_HANDLERS['AWS::ECR::Repository']
assert 'import' not in ecr_handlers, 'this MiniStack imports repositories itself: revise emulator_main.py'


def create_new_repository(logical_id, props, stack_name):
    name = props.get('RepositoryName')
    if name and name in provisioners._ecr._repositories:
        raise ValueError(f"Resource of type 'AWS::ECR::Repository' with identifier '{name}' already exists.")
    physical_id, attributes = create_repository(logical_id, props, stack_name)
    if not is_other('repositories-have-no-system-tags'):
        repository = provisioners._ecr._repositories[physical_id]
        repository['tags'] = [tag for tag in repository['tags'] if not tag['Key'].startswith('aws:')]
    return physical_id, attributes


def repository_import_problem(name):
    if name in provisioners._ecr._repositories:
        return None
    key = json.dumps({'/properties/RepositoryName': name}, separators=(',', ':'))
    return changesets._IMPORT_NOT_FOUND.format(type='AWS::ECR::Repository', value=key)


def import_repository(identifier):
    repository = provisioners._ecr._repositories[identifier['RepositoryName']]
    return identifier['RepositoryName'], {'Arn': repository['repositoryArn'], 'RepositoryUri': repository['repositoryUri']}


adopt_resource = stacks._adopt_resource
with_stack_tags = stacks._with_stack_tags
# Maps (stack id, logical id) to the resolved properties of a resource.
resolved = {}


def with_stack_tags_noted(resource_type, props, tags, stack_name, stack_id, logical_id):
    if resource_type == 'AWS::ECR::Repository':
        resolved[stack_id, logical_id] = props
    return with_stack_tags(resource_type, props, tags, stack_name, stack_id, logical_id)


def adopt_in_reading(stack_id, stack_name, logical_id, resource_type, identifier):
    name, attributes = adopt_resource(stack_id, stack_name, logical_id, resource_type, identifier)
    if resource_type == 'AWS::ECR::Repository':
        props = resolved[stack_id, logical_id]
        if 'RepositoryPolicyText' not in props and not is_other('import-removes-repository-policy'):
            provisioners._ecr._repo_policies.pop(name, None)
        if 'LifecyclePolicy' not in props and not is_other('import-removes-lifecycle-policy'):
            provisioners._ecr._lifecycle_policies.pop(name, None)
        repository = provisioners._ecr._repositories[name]
        if is_other('import-keeps-tags'):
            declared = {tag['Key'] for tag in props.get('Tags', [])}
            repository['tags'] = [tag for tag in repository['tags'] if tag['Key'] in declared]
        if is_other('import-writes-no-tags'):
            provisioners._ecr._tag_resource({'resourceArn': attributes['Arn'], 'tags': props.get('Tags', [])})
        if 'ImageTagMutability' not in props and is_other('import-keeps-settings'):
            repository['imageTagMutability'] = 'MUTABLE'
    return name, attributes


stacks._adopt_resource = adopt_in_reading
stacks._with_stack_tags = with_stack_tags_noted


create_bucket = provisioners._s3_create
bucket_handlers = provisioners._RESOURCE_HANDLERS['AWS::S3::Bucket']


def create_tagged_bucket(logical_id, props, stack_name):
    name, attributes = create_bucket(logical_id, props, stack_name)
    provisioners._s3._bucket_tags[name] = {tag['Key']: tag['Value'] for tag in props.get('Tags', [])}
    return name, attributes


template_type = 'AWS::ECR::RepositoryCreationTemplate'
assert template_type not in provisioners._RESOURCE_HANDLERS, 'this MiniStack has creation templates: revise emulator_main.py'


def set_template(props):
    return props['Prefix'], {'CreatedAt': '2026-01-01T00:00:00Z', 'UpdatedAt': '2026-01-01T00:00:00Z'}


provisioners._RESOURCE_HANDLERS[template_type] = {
    'create': lambda logical_id, props, stack_name: set_template(props),
    'update': lambda physical_id, old_props, new_props, stack_name: set_template(new_props),
    'delete': lambda physical_id, props: None,
}
bucket_handlers['create'] = create_tagged_bucket
ecr_handlers['create'] = create_new_repository
ecr_handlers['import'] = import_repository
changesets._IMPORT_LOOKUPS['AWS::ECR::Repository'] = (('RepositoryName',), repository_import_problem)


describe_stack_resources = handlers._describe_stack_resources


def describe_stack_resources_by_physical_id(params):
    physical_id = handlers._p(params, 'PhysicalResourceId')
    if handlers._p(params, 'StackName') or not physical_id:
        return describe_stack_resources(params)
    for stack in list(cloudformation._stacks.values()):
        for logical_id, resource in stack.get('_resources', {}).items():
            if resource.get('PhysicalResourceId') == physical_id:
                return describe_stack_resources({'StackName': [stack['StackId']], 'LogicalResourceId': [logical_id]})
    return handlers._error('ValidationError', f'Stack for {physical_id} does not exist')


handlers._ACTION_HANDLERS['DescribeStackResources'] = describe_stack_resources_by_physical_id


describe_stack_resource = handlers._ACTION_HANDLERS['DescribeStackResource']


def describe_stack_resource_as_created(params):
    status, headers, body = describe_stack_resource(params)
    if is_other('import-shows-in-status'):
        body = re.sub(rb'UPDATE_COMPLETE', b'CREATE_COMPLETE', body)
    return status, headers, body


handlers._ACTION_HANDLERS['DescribeStackResource'] = describe_stack_resource_as_created


def end_with_parent():
    if sys.stdin.readline().strip() == 'keep':
        return
    # End of file means that the parent process has ended.
    shutil.rmtree(os.environ['EMULATOR_DIR'], ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


if __name__ == '__main__':
    threading.Thread(target=end_with_parent, daemon=True).start()
    app.main()
