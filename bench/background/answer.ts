/** The child process of `Background`, which sends one response for each request. */
export function answerWith<Question, Answer>(answer: (question: Question) => Promise<Answer>): void {
  process.on('message', question => {
    answer(question as Question).then(given => process.send!({ given }), (error: Error) => process.send!({ failed: error.stack }));
  });
  process.once('disconnect', () => process.exit()); // the bench has ended
}
