import { ListAccountsCommand, OrganizationsClient } from '@aws-sdk/client-organizations';
import { LocalOrganizations } from './local-organizations';
import { errorOf } from '../local-ecr/test-client';

const HERE = '000000000000';

let organizations: LocalOrganizations;
beforeEach(async () => {
  organizations = await LocalOrganizations.start({ pageSize: 2 });
  organizations.administrators = [HERE];
  organizations.accounts = [{ id: HERE }, { id: '111111111111', state: 'SUSPENDED' }, { id: '222222222222' }];
});
afterEach(() => organizations.stop());

const list = (input: { NextToken?: string } = {}, accessKeyId = 'test') => new OrganizationsClient({
  region: 'us-east-1', endpoint: organizations.endpoint, credentials: { accessKeyId, secretAccessKey: 'test' }, maxAttempts: 1,
}).send(new ListAccountsCommand(input));

test('ListAccounts returns the accounts in all states, page by page', async () => {
  const { Accounts, NextToken } = await list();
  expect(Accounts).toEqual([{ Id: HERE, State: 'ACTIVE' }, { Id: '111111111111', State: 'SUSPENDED' }]);
  const last = await list({ NextToken });
  expect(last.Accounts).toEqual([{ Id: '222222222222', State: 'ACTIVE' }]);
  expect(last.NextToken).toBeUndefined();
});

test('ListAccounts is denied without the permission', async () => {
  organizations.principal('ROLE', { policy: [] });
  expect(await errorOf(list({}, 'ROLE'))).toMatchObject({ name: 'AccessDeniedException' });
});

test('ListAccounts is denied in an account that does not administer the organization', async () => {
  organizations.administrators = ['222222222222'];
  expect(await errorOf(list())).toMatchObject({ name: 'AccessDeniedException' });
});

test('an invalid token is an error', async () => {
  expect(await errorOf(list({ NextToken: 'x' }))).toMatchObject({ name: 'InvalidInputException' });
});
