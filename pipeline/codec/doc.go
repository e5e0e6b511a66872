// Package codec writes and reads state in one description: a [Coder] either
// appends what a pointer points to, or fills it, so that a function that names
// the fields of a struct once is its encoder and its decoder, and the two cannot
// differ. Numbers are varints, little ones short.
//
// A state record is sealed: format, checksum, body ([Seal], [Open]). What is
// damaged, cut short or of a newer format is an error, never a guess.
package codec
