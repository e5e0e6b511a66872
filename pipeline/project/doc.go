// Package project looks ahead (semantics 6): the first fall under no activity, by
// running the same tier machine over the periods to come, and the money that the
// open period still needs. It sees the customer only through [World].
package project
