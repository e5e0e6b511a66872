package script

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/tierwatch/tierwatch/pipeline/policy"
	pb "github.com/tierwatch/tierwatch/schemas/tierwatchpb"
)

// Parse reads a script. Its error joins every problem, each with file and line,
// of the first hundred lines that have one.
func Parse(path string, text []byte) (*Script, error) {
	if err := notText(path, text); err != nil {
		return nil, err
	}
	p := &parser{
		script: &Script{Path: path, Base: "CNY"}, digits: map[string]int{},
		accounts: map[[2]string]*pb.AccountLifecycle{}, profiles: map[string]*pb.CustomerProfile{},
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.line++
		line := strings.TrimSpace(uncomment(lines.Text()))
		if line == "" {
			continue
		}
		do, err := p.parse(&words{list: strings.Fields(line)})
		switch {
		case err != nil:
			p.errs = append(p.errs, fmt.Errorf("%s:%d: %w", path, p.line, short(err)))
		case do != nil:
			p.script.Steps = append(p.script.Steps, Step{Line: p.line, Text: line, Do: do})
		}
	}
	if err := lines.Err(); err != nil {
		p.errs = append(p.errs, fmt.Errorf("%s:%d: read the line: %w", path, p.line+1, err))
	}
	if len(p.errs) > 0 {
		return nil, capped(path, p.errs)
	}
	return p.script, nil
}

// uncomment cuts a comment: # at the start or after a space.
func uncomment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			return line[:i]
		}
	}
	return line
}

type parser struct {
	script *Script
	line   int
	errs   []error
	// digits of units that are no currencies.
	digits map[string]int
	// What is known of accounts and profiles: their records replace each other.
	accounts map[[2]string]*pb.AccountLifecycle
	profiles map[string]*pb.CustomerProfile
}

// recordLines are the first words of lines, dates apart.
var recordLines map[string]func(p *parser, w *words) (Action, error)

func init() {
	recordLines = map[string]func(p *parser, w *words) (Action, error){
		"base":    (*parser).base,
		"lag":     (*parser).lag,
		"unit":    (*parser).unit,
		"policy":  (*parser).policy,
		"rate":    (*parser).rate,
		"tick":    (*parser).tick,
		"close":   (*parser).close,
		"seed":    (*parser).seed,
		"hold":    (*parser).hold,
		"open":    (*parser).open,
		"shut":    (*parser).shut,
		"profile": (*parser).profile,
		"rm":      (*parser).rm,
		"dpd":     (*parser).dpd,
		"limit":   (*parser).limit,
		"expect":  (*parser).expect,
	}
}

// parse reads one line; no action and no error is a line for the parser itself.
func (p *parser) parse(w *words) (Action, error) {
	first := w.next()
	if f, ok := recordLines[first]; ok {
		return f(p, w)
	}
	if first[0] >= '0' && first[0] <= '9' {
		d, err := readDate(first)
		if err != nil {
			return nil, err
		}
		return p.booking(d, w)
	}
	return nil, fmt.Errorf("no line begins with %q; begin with a date or one of %s", first, keysOf(recordLines))
}

func (p *parser) base(w *words) (Action, error) {
	code, err := w.want("a currency")
	if err != nil {
		return nil, err
	}
	if _, ok := policy.MinorDigits(code); !ok {
		return nil, fmt.Errorf("%q is no currency code; write one such as CNY", code)
	}
	if len(p.script.Steps) > 0 {
		return nil, errors.New("base must stand before everything else")
	}
	p.script.Base = code
	return nil, w.end()
}

func (p *parser) lag(w *words) (Action, error) {
	opts, err := w.options("fx", "nav")
	if err != nil {
		return nil, err
	}
	if len(p.script.Steps) > 0 {
		return nil, errors.New("lag must stand before everything else")
	}
	for key, to := range map[string]*int32{"fx": &p.script.FXLag, "nav": &p.script.NAVLag} {
		if v, ok := opts[key]; ok {
			n, err := policy.Decimal(strings.TrimSuffix(v, "d"), 0)
			if err != nil || n < 0 || n > 31 {
				return nil, fmt.Errorf("%s=%s is no lag; write it like %s=1d", key, v, key)
			}
			*to = int32(n)
		}
	}
	return nil, nil
}

func (p *parser) unit(w *words) (Action, error) {
	name, err := w.want("a unit")
	if err != nil {
		return nil, err
	}
	opts, err := w.options("digits")
	if err != nil {
		return nil, err
	}
	n, err := policy.Decimal(opts["digits"], 0)
	if err != nil || n < 0 || n > 8 {
		return nil, fmt.Errorf("unit %s: digits=%s is not 0 to 8; write it like digits=4", name, opts["digits"])
	}
	p.digits[name] = int(n)
	return nil, nil
}

func (p *parser) policy(w *words) (Action, error) {
	path, err := w.want("the path of a policy")
	if err != nil {
		return nil, err
	}
	opts, err := w.options("from")
	if err != nil {
		return nil, err
	}
	from, err := dateOption(opts, "from")
	return UsePolicy{Path: path, From: from}, err
}

// rate reads: rate UNIT DATE VALUE, base major units per unit.
func (p *parser) rate(w *words) (Action, error) {
	unit, err := w.want("a unit")
	if err != nil {
		return nil, err
	}
	d, err := w.date()
	if err != nil {
		return nil, err
	}
	value, err := w.want("a price")
	if err != nil {
		return nil, err
	}
	have, err := p.unitDigits(unit)
	if err != nil {
		return nil, err
	}
	base, _ := policy.MinorDigits(p.script.Base)
	e12, err := policy.Decimal(value, 12+base-have)
	if err != nil || e12 <= 0 {
		return nil, fmt.Errorf("%q is no price of %s; write it like 7.1234", value, unit)
	}
	return Rate{Unit: unit, Day: d, E12: e12}, w.end()
}

// tick reads: tick DATE [TIME].
func (p *parser) tick(w *words) (Action, error) {
	d, err := w.date()
	if err != nil {
		return nil, err
	}
	sec, err := w.clock(0)
	if err != nil {
		return nil, err
	}
	return Tick{At: int64(d)*86400 + sec}, w.end()
}

func (p *parser) close(w *words) (Action, error) {
	d, err := w.date()
	if err != nil {
		return nil, err
	}
	return Close{Day: d}, w.end()
}

// unitDigits gives the digits after the point of a unit.
func (p *parser) unitDigits(unit string) (int, error) {
	if n, ok := p.digits[unit]; ok {
		return n, nil
	}
	if n, ok := policy.MinorDigits(unit); ok {
		return n, nil
	}
	return 0, fmt.Errorf("unit %q is not known; declare it before, like: unit %s digits=4", unit, unit)
}

// amount reads smallest units of unit.
func (p *parser) amount(s, unit string) (int64, error) {
	n, err := p.unitDigits(unit)
	if err != nil {
		return 0, err
	}
	v, err := policy.Decimal(s, n)
	if err != nil {
		return 0, fmt.Errorf("%q is no amount of %s: %w; write it like 50_000 or 50_000.25", s, unit, err)
	}
	return v, nil
}
