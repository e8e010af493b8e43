/**
 * A sample that counts the words of a book and loses nothing when it is killed: the
 * counts and the position in the book are kept in one store and changed in one unit of
 * work a line, so that each checkpoint holds counts and position that belong together.
 */
@NullMarked
package io.flowstate.samples.wordcount;

import org.jspecify.annotations.NullMarked;
