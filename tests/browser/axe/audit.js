const done = arguments[arguments.length - 1];
const where = (violation) => violation.nodes.map((node) => node.target.join(" ")).join(", ");
axe.run(document, { resultTypes: ["violations"] }).then(
  ({ violations }) => done(violations.map((violation) => `${violation.id}: ${violation.help}: ${where(violation)}`)),
  (error) => done([String(error)]),
);
