// Package count says how many of a thing there are, in English that is right for one.
package count
