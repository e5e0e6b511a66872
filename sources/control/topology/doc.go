// Package topology creates the topics of schemas/topics on a broker and checks
// those that exist. Start is refused on settings under which the log would be
// cut or a record would not fit.
package topology
