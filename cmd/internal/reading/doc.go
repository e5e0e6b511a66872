// Package reading reads a partition of a topic from one fixed offset to another,
// and tells where the partitions of the log begin and end.
package reading
