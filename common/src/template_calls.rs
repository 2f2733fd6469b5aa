//! What a template calls by name. The engine looks filters, tests and functions up only when it comes by them, which may
//! be for one recipient in a thousand; here they are looked up in all branches, before anybody is sent to.

use std::{collections::BTreeSet, fmt};

use minijinja::{
    Environment, ErrorKind, Template,
    machinery::{Instruction, Instructions, get_compiled_template},
};

/// The methods of a loop. All other values are texts, lists and maps, which have none.
const METHODS: [&str; 2] = ["cycle", "changed"];

/// Something that a template calls and that there is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownCall {
    kind: CallKind,
    name: String,
    /// The line of the template, from 1.
    pub(crate) line: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CallKind {
    Filter,
    Test,
    Function,
    Method,
}

impl fmt::Display for UnknownCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            CallKind::Filter => "filter",
            CallKind::Test => "test",
            CallKind::Function => "function",
            CallKind::Method => "method",
        };
        write!(f, "there is no {kind} {:?}", self.name)
    }
}

/// The names that a template needs to be given values for, or the first call that cannot work.
pub(crate) fn check(
    environment: &Environment<'_>,
    template: &Template<'_, '_>,
) -> Result<BTreeSet<String>, UnknownCall> {
    let compiled = get_compiled_template(template);
    let names = Names::of(&compiled.instructions);
    for (at, instruction) in instructions(&compiled.instructions) {
        if let Some((kind, name)) = names.unknown(environment, template, instruction) {
            let line = compiled.instructions.get_line(at).unwrap_or(1);
            return Err(UnknownCall { kind, name: name.to_owned(), line });
        }
    }
    let mut variables = BTreeSet::from_iter(template.undeclared_variables(false));
    // The engine counts what is only called, such as range, among the variables.
    variables.retain(|name| names.looked_up.contains(&name[..]) || !is_global(environment, name));
    Ok(variables)
}

/// The names that a template reads and sets.
struct Names<'a> {
    looked_up: BTreeSet<&'a str>,
    stored: BTreeSet<&'a str>,
}

impl<'a> Names<'a> {
    fn of(all: &Instructions<'a>) -> Self {
        let mut names = Self { looked_up: BTreeSet::new(), stored: BTreeSet::new() };
        for (_, instruction) in instructions(all) {
            match *instruction {
                Instruction::Lookup(name) => drop(names.looked_up.insert(name)),
                Instruction::StoreLocal(name) => drop(names.stored.insert(name)),
                _ => {}
            }
        }
        names
    }

    fn unknown<'b>(
        &self,
        environment: &Environment<'_>,
        template: &Template<'_, '_>,
        instruction: &Instruction<'b>,
    ) -> Option<(CallKind, &'b str)> {
        // Called without arguments, what there is fails in another way, if at all.
        let (kind, name, known) = match *instruction {
            Instruction::ApplyFilter(name, ..) => {
                let error = template.new_state().apply_filter(name, &[]).err();
                (CallKind::Filter, name, error.is_none_or(|error| error.kind() != ErrorKind::UnknownFilter))
            }
            Instruction::PerformTest(name, ..) => {
                let error = template.new_state().perform_test(name, &[]).err();
                (CallKind::Test, name, error.is_none_or(|error| error.kind() != ErrorKind::UnknownTest))
            }
            Instruction::CallFunction(name, _) => {
                let known = name == "loop" || self.stored.contains(name) || is_global(environment, name);
                (CallKind::Function, name, known)
            }
            Instruction::CallMethod(name, _) => (CallKind::Method, name, METHODS.contains(&name)),
            _ => return None,
        };
        (!known).then_some((kind, name))
    }
}

fn instructions<'a, 'b>(all: &'b Instructions<'a>) -> impl Iterator<Item = (u32, &'b Instruction<'a>)> {
    (0..).map_while(|at| Some((at, all.get(at)?)))
}

fn is_global(environment: &Environment<'_>, name: &str) -> bool {
    environment.globals().any(|(global, _)| global == name)
}
