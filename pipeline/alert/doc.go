// Package alert keeps alerts as long-lived cases: opened, updated, auto-resolved,
// expired, inhibited by a graver one.
//
// [Judge] is pure: it takes the facts of a moment and the customer's cases and
// gives the cases after it and the revisions to publish. [NextDue] and [Timer]
// say when it must be asked again although nothing happens. [Render] turns a
// revision into the message a relationship manager reads, [AppendJSON] into the
// JSON that subscribers get.
//
// # File map
//
//   - facts.go, code.go: what Judge looks at and keeps; names and groups of codes
//   - judge.go, risk.go, event.go, state.go: Judge, a file per group of codes
//   - case.go, severity.go, id.go: the steps of a case; codecase.go: a case as saved state
//   - due.go: NextDue, Timer; relive.go: HANDOVER
//   - render.go, action.go: the message; json.go: its JSON
//   - texts/, template.go, language.go, view.go, words.go, money.go: its texts
//
// # Non-obvious
//
//   - Between midnight and CLOSE(D) events of D+1 are already here, and the close
//     decides as of D. What was opened, told or resolved because of D+1 is left
//     alone by that close ([Case.ToldDay], [Case.ClosedDay]).
//   - Without `hold` an average-balance alert opens and changes only at a CLOSE: an
//     intraday dip raises nothing. With it, an intraday state counts when it has
//     held that long. Clearing waits for `dwell`, but never past a CLOSE.
//   - Closed cases stay until cooldown and the ordinal of their day need them no
//     more; they are dropped at a CLOSE only, since only there days never go back.
//   - top_up grows with the calendar though nothing happens; the shortfall at the
//     period's end does not. So a change of money is seen in the shortfall.
package alert
