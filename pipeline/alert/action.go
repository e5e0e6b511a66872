package alert

// actionCode is what is recommended to do about an alert.
type actionCode string

const (
	callToday    actionCode = "CALL_TODAY"
	callThisWeek actionCode = "CALL_THIS_WEEK"
	offerTopUp   actionCode = "OFFER_TOP_UP"
	offerUpgrade actionCode = "OFFER_UPGRADE"
	review       actionCode = "REVIEW"
	welcome      actionCode = "WELCOME"
	thank        actionCode = "THANK"
	winBack      actionCode = "WIN_BACK"
	fixData      actionCode = "FIX_DATA"
	fixComplaint actionCode = "FIX_COMPLAINT"
)

// recommend is the action by code, severity, lever and first reason. Only open
// alerts ask for one.
func recommend(c *Case, f *Facts) actionCode {
	switch c.Code {
	case DowngradeProjected, GraceLastMonth, WatchEntered, MissProjected:
		return recommendRisk(c, f)
	case TierDowngraded:
		return winBack
	case TierUpgraded:
		return welcome
	case TierRestored:
		return thank
	case NearUpgrade:
		return offerUpgrade
	case LargeOutflow:
		return callToday
	case ActivitySilence:
		return callThisWeek
	case TierCorrected:
	}
	return review
}

func recommendRisk(c *Case, f *Facts) actionCode {
	lever := f.Judged && f.helps() && f.Money.TopUp > 0
	switch {
	case f.Gaps && len(f.Reasons) > 0 && f.Reasons[0].Code == Correction:
		return fixData
	case c.Severity == Critical:
		return callToday
	case c.Code == DowngradeProjected || c.Code == GraceLastMonth:
		return callThisWeek
	case lever:
		return offerTopUp
	case c.Severity == Warning:
		return callThisWeek
	}
	return review
}

// restrain replaces an action that the customer's standing forbids, and names it:
// an open complaint is settled before anything is sold or celebrated, and without
// consent to marketing nothing is offered.
func restrain(a actionCode, ctx *RenderContext) (act actionCode, suppressed []string) {
	offer := a == offerTopUp || a == offerUpgrade
	switch {
	case ctx.ComplaintsKnown && ctx.Complaints > 0 && (offer || a == welcome || a == thank || a == winBack):
		return fixComplaint, []string{string(a)}
	case offer && ctx.ConsentKnown && !ctx.Consent:
		return review, []string{string(a)}
	}
	return a, nil
}
