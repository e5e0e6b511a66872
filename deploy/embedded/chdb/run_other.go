//go:build !linux || !amd64 || noembedded

package chdb

// Supported says whether this build can load libchdb.so.
const Supported = false

// Run returns ErrUnsupported.
func Run(Config) error { return ErrUnsupported }
