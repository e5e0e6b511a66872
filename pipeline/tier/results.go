package tier

// Result is a decided period as a scheme keeps it, with the state before it, so
// that a correction can run the machine again from there.
type Result struct {
	Before State
	// Value is the scheme's value, base minor units (ADB: the average, half to even).
	Value            int64
	Start, End       int32
	Decided          int32
	Days             uint16
	Version          uint16
	Reached, Point   uint8
	Covered, Secured bool
}

// Assessed is what the machine was given.
func (r *Result) Assessed() Assessed {
	return Assessed{Start: r.Start, End: r.End, Decided: r.Decided, Reached: r.Reached, Point: r.Point, Covered: r.Covered}
}
