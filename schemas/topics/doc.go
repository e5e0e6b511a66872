// Package topics is the one table of the topics Tierwatch owns: their names,
// settings and what of them may not differ. It does no I/O; the package that
// creates and checks them is sources/control/topology.
//
// [Table] is the data; [Namespace] turns an [ID] into the name on the broker.
package topics
