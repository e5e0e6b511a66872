// Package gen makes logs for tests: by hand ([Log]) and at random, seeded and
// shrinkable ([Draw]). A log is readable text too: see [Log.String].
package gen
