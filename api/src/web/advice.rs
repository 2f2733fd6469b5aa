use drumbeat_common::FailureState;

/// What to do about everybody who failed with a code, or is in doubt.
pub(super) fn about(code: &str, state: FailureState) -> &'static str {
    match state {
        FailureState::InDoubt => {
            "Wait: a delivery report may still prove that it went out. To decide now, send again where a second message \
             does less harm than none, or count as sent where it is the other way round."
        }
        FailureState::Failed => of_failure(code),
    }
}

fn of_failure(code: &str) -> &'static str {
    match code {
        "ConnectFailed" => {
            "AWS could not be reached, in all tries. Look at the network of the workers, then retry the failed."
        }
        "TemplateFailed" => {
            "The text could not be filled in for this person. Correct the variables in the list, and send to them anew."
        }
        "BatchCrashed" | "WorkerPanicked" => {
            "The worker itself failed. Its log says where; retry the failed when that is mended."
        }
        "ValidationException" | "InvalidParametersException" | "BadRequestException" => {
            "AWS takes the address or the text for invalid. Correct them in the list, and send to these people anew; a \
             retry would fail in the same way."
        }
        "ConflictException" => {
            "The number is blocked or has opted out. Leave these people out of the next list, and do not retry."
        }
        "MessageRejected" => {
            "SES refused the content or the address. Look at the text; where it is in order, leave the address out."
        }
        "ThrottlingException" | "ThrottledRequestException" | "TooManyRequestsException" => {
            "AWS was asked too often. Lower the rate, then retry the failed."
        }
        "Unknown" => "Nothing is kept about why. A retry tells.",
        _ => "AWS's own words say what was wrong. Where it was for the moment only, retry the failed.",
    }
}
