/** The other end of `Background`: one answer to each question. */
export function answerWith<Question, Answer>(answer: (question: Question) => Promise<Answer>): void {
  process.on('message', question => {
    answer(question as Question).then(given => process.send!({ given }), (error: Error) => process.send!({ failed: error.stack }));
  });
  process.once('disconnect', () => process.exit()); // the bench is over, however it ended
}
