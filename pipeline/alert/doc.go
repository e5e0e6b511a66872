// Package alert keeps alerts as long-lived cases: opened, updated, auto-resolved,
// expired, inhibited by a graver one.
//
// [Judge] is pure: it takes the facts of a moment and the customer's cases and
// gives the cases after it and the revisions to publish. [Render] turns a
// revision into the message a relationship manager reads.
package alert
