import { ImageUser, nameOfSource } from '../../../src/core/images/image-user';

test.each<[string, ImageUser]>([
  ['ecs', { service: 'ecs', newestTaskDefinitions: 3 }],
  ['ecs(shop, batch)', { service: 'ecs', clusters: ['shop', 'arn:aws:ecs:eu-west-1:111111111111:cluster/batch'], region: 'eu-west-1' }],
  ['lambda', { service: 'lambda', role: { roleArn: 'arn:aws:iam::111111111111:role/look' } }],
  ['listed(bucket/in-use/*.jsonl)', { service: 'listed', bucket: 'bucket', keyPattern: 'in-use/*.jsonl', maxAge: 86_400 }],
])('the name of a source is %s', (name, user) => {
  expect(nameOfSource(user)).toBe(name);
});
