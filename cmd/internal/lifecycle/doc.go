// Package lifecycle starts and stops the parts of a process in order.
//
// A Stack takes the stop of each resource when it is made and runs them last-in
// first-out under one deadline. A Group runs the roles beside each other; the
// first that fails ends the others.
package lifecycle
