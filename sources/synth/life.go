package synth

// habits are what a customer's day is made of, in the order in which they are
// thought of; the steps they plan are performed in the order of time.
var habits = [...]func(*Bank, *customer, *today, *rng){
	(*Bank).introduce,
	(*Bank).holdings,
	(*Bank).interest,
	(*Bank).arrivals,
	(*Bank).earn,
	(*Bank).bills,
	(*Bank).repay,
	(*Bank).invest,
	(*Bank).spend,
	(*Bank).tell,
	(*Bank).service,
}

// live plays one customer's day. What he does hangs on the seed, his number and
// the day alone.
func (b *Bank) live(c *customer, t *today) {
	if t.day < c.join || c.exited {
		return
	}
	if past := t.day - b.params.Start; past > 0 && past%b.epoch() == 0 {
		b.turn(c, past/b.epoch())
	}
	r := stream(b.params.Seed, saltDay, uint64(c.no), uint64(t.day))
	b.plan, b.done = b.plan[:0], 0
	for _, habit := range habits {
		habit(b, c, t, &r)
		if t.day == c.join && c.join > b.params.Start {
			break // a new customer's first day is his introduction
		}
	}
	b.run(c, t)
}
