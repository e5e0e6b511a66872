package event

import (
	"fmt"
	"time"
	_ "time/tzdata" // the zones travel with the binary
)

const daySeconds = 86400

// Calendar holds what is fixed for a deployment's time and money: the zone, the
// accounting-day cut and the base currency. It is immutable.
type Calendar struct {
	zoneName string
	base     string
	cut      int64 // seconds from local midnight, 86400 for 24:00
	zone     *zone
}

// NewCalendar takes an IANA zone name, the cut as HH:MM (00:01 … 24:00; empty
// is 24:00) and an ISO 4217 code.
func NewCalendar(zoneName, cut, base string) (*Calendar, error) {
	if zoneName == "" || zoneName == "Local" {
		return nil, fmt.Errorf("time zone %q: name one, such as Asia/Shanghai", zoneName)
	}
	loc, err := time.LoadLocation(zoneName)
	if err != nil {
		return nil, fmt.Errorf("load time zone %q: %w", zoneName, err)
	}
	seconds, err := parseCut(cut)
	if err != nil {
		return nil, err
	}
	if _, ok := MinorUnits(base); !ok {
		return nil, fmt.Errorf("base currency %q: not an ISO 4217 code with minor units", base)
	}
	return &Calendar{zoneName: zoneName, base: base, cut: seconds, zone: newZone(loc)}, nil
}

func parseCut(cut string) (int64, error) {
	if cut == "" {
		return daySeconds, nil
	}
	var h, m int64
	if len(cut) == 5 && cut[2] == ':' {
		n := 0
		for _, i := range [4]int{0, 1, 3, 4} {
			if cut[i]-'0' <= 9 {
				n++
			}
		}
		h, m = int64(cut[0]-'0')*10+int64(cut[1]-'0'), int64(cut[3]-'0')*10+int64(cut[4]-'0')
		if s := h*3600 + m*60; n == 4 && m < 60 && s > 0 && s <= daySeconds {
			return s, nil
		}
	}
	return 0, fmt.Errorf("accounting-day cut %q: want HH:MM from 00:01 to 24:00", cut)
}

// Zone is the IANA name of the deployment's zone.
func (c *Calendar) Zone() string { return c.zoneName }

// Base is the base currency.
func (c *Calendar) Base() string { return c.base }

// Fingerprint differs when two binaries know other transitions for the zone; it
// is logged at start, since tzdata is an input.
func (c *Calendar) Fingerprint() uint64 { return c.zone.fingerprint() }

// BusinessDay is the accounting day of an instant: from the cut on, it is the
// next one.
func (c *Calendar) BusinessDay(utc int64) int32 {
	local := utc + c.zone.offsetAt(utc)
	day := local / daySeconds
	rest := local % daySeconds
	if rest < 0 {
		day, rest = day-1, rest+daySeconds
	}
	if rest >= c.cut {
		day++
	}
	return int32(day)
}

// Cut is the instant at which a business day ends: the first of the next.
func (c *Calendar) Cut(day int32) int64 {
	return c.zone.toUTC(int64(day)*daySeconds + c.cut)
}

// UTC is the instant of a local time, given as seconds from 1970-01-01 00:00 on
// the wall clock. A time that exists twice is the first one.
func (c *Calendar) UTC(local int64) int64 { return c.zone.toUTC(local) }

// Local is the wall clock at an instant, as seconds from 1970-01-01 00:00.
func (c *Calendar) Local(utc int64) int64 { return utc + c.zone.offsetAt(utc) }

// InZone is a calendar with another zone for reading the local times of a
// source; cut and base stay.
func (c *Calendar) InZone(name string) (*Calendar, error) {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("load time zone %q: %w", name, err)
	}
	other := *c
	other.zoneName, other.zone = name, newZone(loc)
	return &other, nil
}
