//! All mutants of a file at once, each behind a switch: which of them is on is said when the
//! program starts. So there is one build for thousands of mutants.
//!
//! ```text
//!     a < b      becomes      (if mutation::is(7) { a > b } else { a < b })
//! ```

use crate::list::{Kind, Mutant, Place};
use proc_macro2::Span;
use std::collections::{BTreeSet, HashMap};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, BinOp, Block, Expr, ExprBinary, ExprIf, ExprMatch, ReturnType, Signature, Stmt, Type,
    parse_quote,
};

/// What is added to the root of a crate.
pub const MODULE: &str = r#"
/// Which mutant is on.
#[doc(hidden)]
pub mod mutation {
    static ON: std::sync::LazyLock<u32> = std::sync::LazyLock::new(|| {
        std::env::var("MUTANT").map_or(u32::MAX, |number| number.parse().expect("a number"))
    });

    /// Whether it is this one.
    pub fn is(number: u32) -> bool {
        *ON == number
    }
}
"#;

/// The file with these mutants in it, and the numbers of those that have found no place.
pub fn switched(source: &str, mutants: &[&Mutant]) -> (String, BTreeSet<u32>) {
    let mut file = syn::parse_file(source).expect("the file can be parsed");
    let mut places: HashMap<Place, Vec<&Mutant>> = HashMap::new();
    for mutant in mutants {
        places.entry(mutant.span.start).or_default().push(mutant);
    }
    let mut left = mutants.iter().map(|mutant| mutant.number).collect();
    Switches { places, left: &mut left, in_const: false }.visit_file_mut(&mut file);
    (prettyplease::unparse(&file), left)
}

struct Switches<'a> {
    places: HashMap<Place, Vec<&'a Mutant>>,
    left: &'a mut BTreeSet<u32>,
    /// Here nobody can be asked which mutant is on.
    in_const: bool,
}

impl Switches<'_> {
    /// The mutants of this kind that begin there.
    fn at(&mut self, span: Span, kind: Kind) -> Vec<Mutant> {
        let mutants = self.places.get(&Place::of(span)).into_iter().flatten();
        let here = mutants.filter(|mutant| mutant.genre == kind && !self.in_const);
        let here: Vec<Mutant> = here.map(|&mutant| mutant.clone()).collect();
        for mutant in &here {
            self.left.remove(&mutant.number);
        }
        here
    }

    fn with_constness(&mut self, is_const: bool, visit: impl FnOnce(&mut Self)) {
        let before = self.in_const;
        self.in_const |= is_const;
        visit(self);
        self.in_const = before;
    }

    fn body(&mut self, signature: &Signature, block: &mut Block) {
        let Some(first) = block.stmts.first() else { return };
        // All that such a function returns must be of one type, which the mutant's value is not.
        if let ReturnType::Type(_, returned) = &signature.output
            && matches!(**returned, Type::ImplTrait(_))
        {
            return;
        }
        for mutant in self.at(first.span(), Kind::FnValue) {
            let number = mutant.number;
            let value = expression(&mutant.replacement);
            let early: Stmt = parse_quote!(if crate::mutation::is(#number) { return #value; });
            block.stmts.insert(0, early);
        }
    }
}

impl VisitMut for Switches<'_> {
    fn visit_item_fn_mut(&mut self, function: &mut syn::ItemFn) {
        self.with_constness(function.sig.constness.is_some(), |this| {
            this.body(&function.sig, &mut function.block);
            visit_mut::visit_item_fn_mut(this, function);
        });
    }

    fn visit_impl_item_fn_mut(&mut self, function: &mut syn::ImplItemFn) {
        self.with_constness(function.sig.constness.is_some(), |this| {
            this.body(&function.sig, &mut function.block);
            visit_mut::visit_impl_item_fn_mut(this, function);
        });
    }

    fn visit_trait_item_fn_mut(&mut self, function: &mut syn::TraitItemFn) {
        if let Some(block) = &mut function.default {
            self.body(&function.sig, block);
        }
        visit_mut::visit_trait_item_fn_mut(self, function);
    }

    fn visit_item_const_mut(&mut self, item: &mut syn::ItemConst) {
        self.with_constness(true, |this| visit_mut::visit_item_const_mut(this, item));
    }

    fn visit_item_static_mut(&mut self, item: &mut syn::ItemStatic) {
        self.with_constness(true, |this| visit_mut::visit_item_static_mut(this, item));
    }

    fn visit_impl_item_const_mut(&mut self, item: &mut syn::ImplItemConst) {
        self.with_constness(true, |this| visit_mut::visit_impl_item_const_mut(this, item));
    }

    fn visit_expr_const_mut(&mut self, block: &mut syn::ExprConst) {
        self.with_constness(true, |this| visit_mut::visit_expr_const_mut(this, block));
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        let deleted = self.at(arm.span(), Kind::MatchArm);
        let guards = match &arm.guard {
            Some((_, guard)) => self.at(guard.span(), Kind::MatchArmGuard),
            None => Vec::new(),
        };
        visit_mut::visit_arm_mut(self, arm);
        for mutant in guards {
            let (_, guard) = arm.guard.as_mut().expect("it has one");
            **guard = either(&mutant, expression(&mutant.replacement), guard);
        }
        for mutant in deleted {
            let number = mutant.number;
            let kept: Expr = parse_quote!(!crate::mutation::is(#number));
            let guard: Expr = match &arm.guard {
                Some((_, guard)) => parse_quote!(#kept && (#guard)),
                None => kept,
            };
            arm.guard = Some((Default::default(), Box::new(guard)));
        }
    }

    fn visit_expr_mut(&mut self, expr: &mut Expr) {
        let mutants = match &*expr {
            // What a `let` binds is seen by what follows: it cannot stand in a block of its own.
            Expr::Binary(binary) if !binds(&binary.left) && !binds(&binary.right) => {
                self.at(binary.op.span(), Kind::BinaryOperator)
            }
            Expr::Unary(unary) => self.at(unary.op.span(), Kind::UnaryOperator),
            _ => Vec::new(),
        };
        visit_mut::visit_expr_mut(self, expr);
        for mutant in mutants {
            let other = match unswitched(expr) {
                Expr::Binary(binary) => {
                    let op: BinOp = syn::parse_str(&mutant.replacement).expect("an operator");
                    Expr::Binary(ExprBinary { op, ..binary.clone() })
                }
                Expr::Unary(unary) => (*unary.expr).clone(),
                _ => unreachable!("it was one of these"),
            };
            *expr = either(&mutant, other, expr);
        }
    }
}

/// Whether it is `let`, or has one among what it joins by `&&`.
fn binds(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Binary(binary) if matches!(binary.op, BinOp::And(_)) => {
            binds(&binary.left) || binds(&binary.right)
        }
        _ => false,
    }
}

fn expression(text: &str) -> Expr {
    syn::parse_str(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn either(mutant: &Mutant, mutated: Expr, as_it_is: &Expr) -> Expr {
    let number = mutant.number;
    parse_quote!((if crate::mutation::is(#number) { #mutated } else { #as_it_is }))
}

/// What is behind the switches that were put around an expression.
fn unswitched(mut expr: &Expr) -> &Expr {
    while let Expr::Paren(paren) = expr
        && let Expr::If(switch) = &*paren.expr
        && number_of(&switch.cond).is_some()
        && let Some((_, otherwise)) = &switch.else_branch
        && let Expr::Block(block) = &**otherwise
        && let [Stmt::Expr(inner, None)] = &block.block.stmts[..]
    {
        expr = inner;
    }
    expr
}

/// The number of the switch with this condition.
fn number_of(condition: &Expr) -> Option<u32> {
    let Expr::Call(call) = condition else { return None };
    let Expr::Path(path) = &*call.func else { return None };
    let [_, module, function] = path.path.segments.iter().collect::<Vec<_>>()[..] else {
        return None;
    };
    let is_ours = module.ident == "mutation" && function.ident == "is";
    let Some(Expr::Lit(literal)) = call.args.first() else { return None };
    let syn::Lit::Int(number) = &literal.lit else { return None };
    is_ours.then(|| number.base10_parse().expect("a number"))
}

/// The mutants to which a place in a switched file belongs: an error there is theirs. If it is in
/// no switch, the compiler may object that an arm is missing in the `match` around it.
pub fn mutants_at(switched: &str, place: Place) -> Vec<u32> {
    let file = syn::parse_file(switched).expect("it was written by us");
    let mut search = Innermost { place, mutated: None, as_it_is: None, arms: Vec::new() };
    search.visit_file(&file);
    match search.mutated.or(search.as_it_is) {
        Some(mutant) => vec![mutant],
        None => search.arms,
    }
}

struct Innermost {
    place: Place,
    mutated: Option<u32>,
    /// Where both sides do not fit, the error may be told of the other side.
    as_it_is: Option<u32>,
    /// Those that leave out an arm.
    arms: Vec<u32>,
}

impl Innermost {
    fn is_in(&self, span: Span) -> bool {
        (Place::of(span)..Place::end(span)).contains(&self.place)
    }
}

impl<'a> Visit<'a> for Innermost {
    fn visit_expr_if(&mut self, switch: &'a ExprIf) {
        if let Some(number) = number_of(&switch.cond) {
            if self.is_in(switch.then_branch.span()) {
                self.mutated = Some(number);
            } else if self.is_in(switch.span()) {
                self.as_it_is = Some(number);
            }
        }
        visit::visit_expr_if(self, switch);
    }

    fn visit_expr_match(&mut self, choice: &'a ExprMatch) {
        if self.is_in(choice.span()) {
            self.arms = choice.arms.iter().filter_map(left_out).collect();
        }
        visit::visit_expr_match(self, choice);
    }
}

/// The mutant that leaves out this arm.
fn left_out(arm: &Arm) -> Option<u32> {
    let mut guard = &*arm.guard.as_ref()?.1;
    if let Expr::Binary(both) = guard {
        guard = &both.left;
    }
    let Expr::Unary(not) = guard else { return None };
    number_of(&not.expr)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::list::Replaced;

    /// A mutant of the first place where this stands.
    fn mutant(source: &str, genre: Kind, what: &str, replacement: &str) -> Mutant {
        let before = source.find(what).expect("it is there");
        let line = source[..before].matches('\n').count() + 1;
        let start = before - source[..before].rfind('\n').map_or(0, |end| end + 1) + 1;
        let at = |column| Place { line, column };
        Mutant {
            number: 0,
            name: String::new(),
            file: String::new(),
            genre,
            span: Replaced { start: at(start), end: at(start + what.len()) },
            replacement: replacement.to_owned(),
        }
    }

    /// The file with these mutants, and how many have found no place.
    fn with(source: &str, mutants: &mut [Mutant]) -> (String, usize) {
        for (number, mutant) in (0..).zip(&mut *mutants) {
            mutant.number = number;
        }
        let (text, left) = switched(source, &mutants.iter().collect::<Vec<_>>());
        (text.split_whitespace().collect::<Vec<_>>().join(" "), left.len())
    }

    #[test]
    fn of_two_mutants_of_one_operator_each_has_its_switch_around_what_is_there() {
        let source = "fn less(a: u8, b: u8) -> bool { a < b }";
        let operator = |other| mutant(source, Kind::BinaryOperator, "<", other);
        let (text, left) = with(source, &mut [operator(">"), operator("<=")]);
        let inner = "(if crate::mutation::is(0u32) { a > b } else { a < b })";
        let outer = format!("(if crate::mutation::is(1u32) {{ a <= b }} else {{ {inner} }})");
        assert_eq!(text, format!("fn less(a: u8, b: u8) -> bool {{ {outer} }}"));
        assert_eq!(left, 0);
    }

    #[test]
    fn a_function_returns_the_mutants_value_before_it_does_anything() {
        let source = "fn one() -> u8 { 1 }";
        let (text, left) = with(source, &mut [mutant(source, Kind::FnValue, "1 }", "0")]);
        let switch = "if crate::mutation::is(0u32) { return 0; }";
        assert_eq!((text, left), (format!("fn one() -> u8 {{ {switch} 1 }}"), 0));
    }

    #[test]
    fn an_arm_is_left_out_by_a_guard_and_a_guard_becomes_the_mutants() {
        let source = "fn f(a: u8, b: bool) -> u8 { match a { 0 if b => 1, _ => 2 } }";
        let arm = mutant(source, Kind::MatchArm, "0 if b => 1,", "");
        let guard = mutant(source, Kind::MatchArmGuard, "b => 1", "true");
        let (text, left) = with(source, &mut [arm, guard]);
        let guard = "(if crate::mutation::is(1u32) { true } else { b })";
        let arm = format!("0 if !crate::mutation::is(0u32) && ({guard}) => 1,");
        assert!(text.contains(&arm), "{text}");
        assert_eq!(left, 0);
    }

    #[test]
    fn what_a_let_binds_and_what_is_constant_and_what_returns_a_hidden_type_has_no_switch() {
        for (source, kind, what) in [
            ("fn f(a: Option<u8>) { if let Some(_) = a && true {} }", Kind::BinaryOperator, "&&"),
            ("const fn f(a: u8) -> bool { a < 1 }", Kind::BinaryOperator, "<"),
            ("const A: bool = 2 < 1;", Kind::BinaryOperator, "<"),
            ("fn f() -> impl Iterator<Item = u8> { [1].into_iter() }", Kind::FnValue, "[1]"),
        ] {
            let (text, left) = with(source, &mut [mutant(source, kind, what, "||")]);
            assert!(left == 1 && !text.contains("mutation"), "{text}");
        }
    }

    #[test]
    fn an_error_on_either_side_of_a_switch_is_its_mutants() {
        let source = "fn less(a: u8, b: u8) -> bool { a < b }";
        let operator = |other| mutant(source, Kind::BinaryOperator, "<", other);
        let mut mutants = [operator(">"), operator("<=")];
        mutants[1].number = 1;
        let (text, _) = switched(source, &mutants.iter().collect::<Vec<_>>());
        let of = |what: &str| {
            let line = 1 + text.lines().position(|line| line.contains(what)).expect("it is there");
            let column = 1 + text.lines().nth(line - 1).and_then(|line| line.find(what)).unwrap();
            mutants_at(&text, Place { line, column })
        };
        assert_eq!([of("a > b"), of("a <= b"), of("a < b")], [[0], [1], [0]]);
        assert!(of("fn less").is_empty());
    }

    #[test]
    fn an_error_in_a_match_without_switches_there_is_of_all_that_leave_out_an_arm() {
        let source =
            "fn f(a: bool, b: bool) -> u8 { match a { _ if b => 0, true => 1, false => 2 } }";
        let arm = |what| mutant(source, Kind::MatchArm, what, "");
        let mut mutants = [arm("true => 1,"), arm("false => 2")];
        mutants[1].number = 1;
        let (text, left) = switched(source, &mutants.iter().collect::<Vec<_>>());
        assert!(left.is_empty());
        let line = 1 + text.lines().position(|line| line.contains("match a")).unwrap();
        let column = text.lines().nth(line - 1).unwrap().find("a {").unwrap() + 1;
        assert_eq!(mutants_at(&text, Place { line, column }), [0, 1]);
    }
}
