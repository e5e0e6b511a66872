//go:build !linux || !amd64 || noembedded

package chdb

// Run returns ErrUnsupported.
func Run(Config) error { return ErrUnsupported }
