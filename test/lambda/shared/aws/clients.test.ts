import { awsSurroundings } from '../../../../lambda/shared/aws/clients';

test('the log function does not pass on what a wrapped console returns, because it would be taken for a result', () => {
  const log = jest.spyOn(console, 'log').mockImplementation((() => ({ wrapped: true })) as never);
  try {
    expect(awsSurroundings().log('a line') as unknown).toBeUndefined();
    expect(log).toHaveBeenCalledWith('a line');
  } finally {
    log.mockRestore();
  }
});
