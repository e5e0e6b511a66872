package script

import pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"

// Script is a parsed test script.
type Script struct {
	// Path is where it was read, for messages and to find its policies.
	Path string
	// Base is the base currency, ISO 4217.
	Base string
	// FXLag and NAVLag are days for which a rate may still come after its day.
	FXLag, NAVLag int32
	Steps         []Step
}

// Step is one line.
type Step struct {
	Line int
	// Text is the line without comment and surrounding space.
	Text string
	Do   Action
}

// Action is what a line does: [UsePolicy], [Record], [Rate], [Tick], [Close] or
// [Expect].
type Action interface{ action() }

// UsePolicy puts a policy into the log.
type UsePolicy struct {
	// Path is relative to the script's folder.
	Path string
	// From is the effective day, 0 for the first policy of a script.
	From int32
}

// Record is a customer record. Its event_time and business_day are 0 if the line
// gives no time: then it happens now.
type Record struct {
	Log *pb.LogRecord
	// NoTick leaves the clock where it is, even if the record is ahead of it.
	NoTick bool
}

// Rate is the price of a unit on a day: base minor units per smallest unit, times
// 10^12.
type Rate struct {
	Unit string
	Day  int32
	E12  int64
}

// Tick tells the time, UTC seconds.
type Tick struct{ At int64 }

// Close closes every day up to Day that is still open.
type Close struct{ Day int32 }

// Expect compares what the fold knows with what the line says.
type Expect struct {
	// What is a key of expectations.
	What string
	// Not: the thing must not be there.
	Not      bool
	Customer string
	// Name is an alert's code, a change's kind, a verdict's kind or a cause.
	Name string
	Args []Arg
}

// Arg is one thing that must be as said, in the form in which got values are
// written too.
type Arg struct{ Key, Want string }

func (UsePolicy) action() {}
func (Record) action()    {}
func (Rate) action()      {}
func (Tick) action()      {}
func (Close) action()     {}
func (Expect) action()    {}
