// Package tier is the tier machine of a scheme (semantics 5): it takes assessed
// periods and gives the changes of tier, misses and watch. It knows no metric and
// no ledger, so the live fold, restating and projection run the same [State.Assess].
package tier
