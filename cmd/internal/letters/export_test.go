package letters

import "github.com/tierwatch/tierwatch/sources/kafka"

// Reads lets a decoder read the letters of a source.
func (r *Redriver) Reads(source string, d kafka.Decoder) {
	r.ways.known[source] = &documents{decoder: d, files: r.ways.files}
}
