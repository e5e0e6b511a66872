// Package trial is a deployment for tests: a broker in the test's own process, the
// topics, a small policy, and short ways to load, run roles and look at what came
// of it. The program itself does not use it.
//
// File map: bank.go makes it and runs roles; days.go is a history; look.go
// reads topics and customers.
package trial
