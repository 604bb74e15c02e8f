const READ =
  /^src\/.*\.tsx?$|^dev\/(?:greeting|demo|catalogs|start)\b.*\.ts$|^(?:README.*|docs\/[^/]*)\.md$/;
/** Lists of other people's words, and numbers that a program writes. */
const OTHERS = /common-(?:text|passwords)|\/schema\.ts$|^docs\/(?:performance|glossary)\.md$/;

/** Returns whether customers, operators or programmers who use Farebox read a file's texts. */
export const isRead = (path: string): boolean => READ.test(path) && !OTHERS.test(path);
